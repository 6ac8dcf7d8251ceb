import { type MemberRole, memberRole } from '@tributary/core/role';
import type { AccessTable } from '@tributary/http/access';
import type { CallerRole } from '@tributary/http/role';

/** Every member: nobody in the organization is kept from its business figures. */
const members: readonly MemberRole[] = memberRole.options;

/** Who decides what customers get. */
const managers: readonly MemberRole[] = ['owner', 'admin'];

/** Who serves customers, and sees to it that events arrive. */
const operators: readonly MemberRole[] = ['owner', 'admin', 'operator'];

/** Who agrees on terms, and on what is paid. */
const accountants: readonly MemberRole[] = ['owner', 'admin', 'finance'];

/** Who compares what networks pay with what was agreed. */
const auditors: readonly MemberRole[] = ['owner', 'admin', 'finance', 'analyst'];

/** Whoever is at a browser, signed in or not. */
const people: readonly CallerRole[] = ['visitor', 'user'];

/**
 * Who may call what, by the function that serves it: a credential needs one of the roles, and the scope if it has been narrowed to some.
 * No function starts with a route that is not here, or without one that is. `packages/docs/api.md` says the same in words; a test compares.
 */
export const access = {
  loyalty: {
    listTransactions: { roles: members, scope: 'loyalty:read', cost: 'read' },
    getTransaction: { roles: members, scope: 'loyalty:read', cost: 'read' },

    findCustomer: { roles: operators, scope: 'loyalty:read', cost: 'read' },
    getCustomer: { roles: members, scope: 'loyalty:read', cost: 'read' },
    registerCustomer: { roles: operators, scope: 'loyalty:write', cost: 'write' },
    mergeCustomer: { roles: managers, scope: 'loyalty:write', cost: 'write' },
    exportCustomer: { roles: managers, scope: 'privacy:read', cost: 'heavy' },
    eraseCustomer: { roles: ['owner'], scope: 'privacy:write', cost: 'heavy' },

    listWallets: { roles: members, scope: 'loyalty:read', cost: 'read' },
    getWallet: { roles: members, scope: 'loyalty:read', cost: 'read' },
    listWalletEntries: { roles: members, scope: 'loyalty:read', cost: 'read' },
    listAdjustments: { roles: members, scope: 'loyalty:read', cost: 'read' },
    adjustWallet: { roles: managers, scope: 'loyalty:write', cost: 'write' },
    freezeWallet: { roles: managers, scope: 'loyalty:write', cost: 'write' },
    unfreezeWallet: { roles: managers, scope: 'loyalty:write', cost: 'write' },

    listRewards: { roles: members, scope: 'loyalty:read', cost: 'read' },
    getReward: { roles: members, scope: 'loyalty:read', cost: 'read' },
    getRedeemable: { roles: members, scope: 'loyalty:read', cost: 'read' },
    issueReward: { roles: operators, scope: 'loyalty:write', cost: 'write' },
    redeemReward: { roles: operators, scope: 'loyalty:write', cost: 'write' },
    deleteReward: { roles: operators, scope: 'loyalty:write', cost: 'write' },

    listRewardRules: { roles: members, scope: 'loyalty:read', cost: 'read' },
    getRewardRule: { roles: members, scope: 'loyalty:read', cost: 'read' },
    createRewardRule: { roles: managers, scope: 'loyalty:write', cost: 'write' },
    activateRewardRule: { roles: managers, scope: 'loyalty:write', cost: 'write' },
    previewRewardRule: { roles: managers, scope: 'loyalty:read', cost: 'heavy' },

    getTiers: { roles: members, scope: 'loyalty:read', cost: 'read' },
    configureTiers: { roles: managers, scope: 'loyalty:write', cost: 'write' },
    getPointsLiability: { roles: members, scope: 'loyalty:read', cost: 'heavy' },

    getMe: { roles: members, scope: 'self:read', cost: 'read' },
    listApiKeys: { roles: managers, scope: 'api-keys:read', cost: 'read' },
    createApiKey: { roles: managers, scope: 'api-keys:write', cost: 'write' },
    revokeApiKey: { roles: managers, scope: 'api-keys:write', cost: 'write' },

    getOrganization: { roles: members, scope: 'organization:read', cost: 'read' },
    updateOrganization: { roles: managers, scope: 'organization:write', cost: 'write' },
    listAuditRecords: { roles: managers, scope: 'audit:read', cost: 'read' },
    exportAuditRecords: { roles: managers, scope: 'audit:read', cost: 'heavy' },

    listDeliveries: { roles: operators, scope: 'inbox:read', cost: 'read' },
    getDelivery: { roles: operators, scope: 'inbox:read', cost: 'read' },
    listQuarantine: { roles: operators, scope: 'inbox:read', cost: 'read' },
  },
  affiliate: {
    getAffiliateTotals: { roles: members, scope: 'affiliate:read', cost: 'read' },
    getAffiliateSeries: { roles: members, scope: 'affiliate:read', cost: 'read' },
    listTopBrands: { roles: members, scope: 'affiliate:read', cost: 'read' },
    listByCampaign: { roles: members, scope: 'affiliate:read', cost: 'read' },
    listBySource: { roles: members, scope: 'affiliate:read', cost: 'read' },
    listBySubId: { roles: members, scope: 'affiliate:read', cost: 'read' },
    exportAffiliateStats: { roles: members, scope: 'affiliate:read', cost: 'heavy' },

    listBrands: { roles: members, scope: 'affiliate:read', cost: 'read' },
    listNetworkAccounts: { roles: members, scope: 'affiliate:read', cost: 'read' },
    getNetworkAccount: { roles: members, scope: 'affiliate:read', cost: 'read' },
    renameNetworkAccount: { roles: operators, scope: 'affiliate:write', cost: 'write' },
    uploadDailyStats: { roles: operators, scope: 'affiliate:write', cost: 'heavy' },
    listStatChanges: { roles: members, scope: 'affiliate:read', cost: 'read' },

    listAutomationRules: { roles: auditors, scope: 'affiliate:read', cost: 'read' },
    getAutomationRule: { roles: auditors, scope: 'affiliate:read', cost: 'read' },
    createAutomationRule: { roles: managers, scope: 'affiliate:write', cost: 'write' },
    updateAutomationRule: { roles: managers, scope: 'affiliate:write', cost: 'write' },
    listAlerts: { roles: auditors, scope: 'affiliate:read', cost: 'read' },
    getAlert: { roles: auditors, scope: 'affiliate:read', cost: 'read' },
    acknowledgeAlert: { roles: auditors, scope: 'affiliate:write', cost: 'write' },
    resolveAlert: { roles: auditors, scope: 'affiliate:write', cost: 'write' },

    listDeals: { roles: auditors, scope: 'affiliate-billing:read', cost: 'read' },
    getDeal: { roles: auditors, scope: 'affiliate-billing:read', cost: 'read' },
    listDealMonths: { roles: auditors, scope: 'affiliate-billing:read', cost: 'read' },
    getCommissionReport: { roles: auditors, scope: 'affiliate-billing:read', cost: 'heavy' },
    createDeal: { roles: accountants, scope: 'affiliate-billing:write', cost: 'heavy' },
    addDealVersion: { roles: accountants, scope: 'affiliate-billing:write', cost: 'heavy' },
    endDeal: { roles: accountants, scope: 'affiliate-billing:write', cost: 'heavy' },

    listSubAffiliates: { roles: accountants, scope: 'affiliate-billing:read', cost: 'read' },
    getSubAffiliate: { roles: accountants, scope: 'affiliate-billing:read', cost: 'read' },
    createSubAffiliate: { roles: accountants, scope: 'affiliate-billing:write', cost: 'write' },
    updateSubAffiliate: { roles: accountants, scope: 'affiliate-billing:write', cost: 'write' },
    changeSubAffiliateTerms: { roles: accountants, scope: 'affiliate-billing:write', cost: 'write' },
    claimTraffic: { roles: accountants, scope: 'affiliate-billing:write', cost: 'write' },
    releaseTraffic: { roles: accountants, scope: 'affiliate-billing:write', cost: 'write' },
    exportSubAffiliate: { roles: managers, scope: 'privacy:read', cost: 'heavy' },
    eraseSubAffiliate: { roles: ['owner'], scope: 'privacy:write', cost: 'heavy' },
  },
  invoices: {
    listInvoices: { roles: accountants, scope: 'affiliate-billing:read', cost: 'read' },
    getInvoice: { roles: accountants, scope: 'affiliate-billing:read', cost: 'read' },
    getInvoicePdf: { roles: accountants, scope: 'affiliate-billing:read', cost: 'heavy' },
    draftInvoices: { roles: accountants, scope: 'affiliate-billing:write', cost: 'heavy' },
    issueInvoice: { roles: accountants, scope: 'affiliate-billing:write', cost: 'write' },
    payInvoice: { roles: accountants, scope: 'affiliate-billing:write', cost: 'write' },
    voidInvoice: { roles: accountants, scope: 'affiliate-billing:write', cost: 'write' },
    discardDraft: { roles: accountants, scope: 'affiliate-billing:write', cost: 'write' },
  },
  events: {
    listEvents: { roles: operators, scope: 'inbox:read', cost: 'read' },
    replayEvent: { roles: operators, scope: 'inbox:write', cost: 'write' },
  },
  connections: {
    listConnections: { roles: operators, scope: 'connections:read', cost: 'read' },
    getConnection: { roles: operators, scope: 'connections:read', cost: 'read' },
    listRuns: { roles: operators, scope: 'connections:read', cost: 'read' },
    pauseConnection: { roles: operators, scope: 'connections:write', cost: 'write' },
    resumeConnection: { roles: operators, scope: 'connections:write', cost: 'write' },
    requestRun: { roles: operators, scope: 'connections:write', cost: 'heavy' },
    endConnection: { roles: managers, scope: 'connections:write', cost: 'write' },
  },
  connect: {
    beginConnect: { roles: managers, scope: 'connections:write', cost: 'write' },
    finishConnect: { roles: managers, scope: 'connections:write', cost: 'heavy' },
    chooseConnect: { roles: managers, scope: 'connections:write', cost: 'heavy' },
    openCsvAccount: { roles: managers, scope: 'connections:write', cost: 'write' },
    connectNetwork: { roles: managers, scope: 'connections:write', cost: 'heavy' },
  },
  members: {
    listMembers: { roles: members, scope: 'members:read', cost: 'read' },
    changeRole: { roles: managers, scope: 'members:write', cost: 'write' },
    removeMember: { roles: managers, scope: 'members:write', cost: 'write' },
    leaveOrganization: { roles: members, scope: 'members:write', cost: 'write' },
    transferOwnership: { roles: ['owner'], scope: 'members:write', cost: 'write' },
    listInvitations: { roles: managers, scope: 'members:read', cost: 'read' },
    createInvitation: { roles: managers, scope: 'members:write', cost: 'heavy' },
    cancelInvitation: { roles: managers, scope: 'members:write', cost: 'write' },
  },
  invited: {
    listOwnInvitations: { roles: ['consumer'], scope: 'members:read', cost: 'read' },
    acceptInvitation: { roles: ['consumer'], scope: 'members:write', cost: 'write' },
    rejectInvitation: { roles: ['consumer'], scope: 'members:write', cost: 'write' },
  },
  consumer: {
    listOwnWallets: { roles: ['consumer'], scope: 'loyalty:read', cost: 'read' },
    getOwnWallet: { roles: ['consumer'], scope: 'loyalty:read', cost: 'read' },
    listOwnWalletEntries: { roles: ['consumer'], scope: 'loyalty:read', cost: 'read' },
  },
  auth: {
    signUp: { roles: people, scope: 'self:write', cost: 'heavy' },
    verifyEmail: { roles: people, scope: 'self:write', cost: 'write' },
    signIn: { roles: people, scope: 'self:write', cost: 'heavy' },
    verifySecondFactor: { roles: people, scope: 'self:write', cost: 'write' },
    signOut: { roles: people, scope: 'self:write', cost: 'write' },
    requestPasswordReset: { roles: people, scope: 'self:write', cost: 'heavy' },
    resetPassword: { roles: people, scope: 'self:write', cost: 'heavy' },
    listPublicKeys: { roles: people, scope: 'self:read', cost: 'read' },

    getSession: { roles: ['user'], scope: 'self:read', cost: 'read' },
    listSessions: { roles: ['user'], scope: 'self:read', cost: 'read' },
    revokeSession: { roles: ['user'], scope: 'self:write', cost: 'write' },
    switchOrganization: { roles: ['user'], scope: 'self:write', cost: 'write' },
    issueToken: { roles: ['user'], scope: 'self:write', cost: 'write' },

    changePassword: { roles: ['user'], scope: 'self:write', cost: 'heavy' },
    enableTotp: { roles: ['user'], scope: 'self:write', cost: 'heavy' },
    confirmTotp: { roles: ['user'], scope: 'self:write', cost: 'write' },
    disableTotp: { roles: ['user'], scope: 'self:write', cost: 'heavy' },
    renewBackupCodes: { roles: ['user'], scope: 'self:write', cost: 'heavy' },
    eraseAccount: { roles: ['user'], scope: 'self:write', cost: 'heavy' },
  },
} as const satisfies Readonly<Record<string, AccessTable>>;
