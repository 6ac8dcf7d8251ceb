/** The examples of https://integrations.impact.com/impact-publisher/reference, API version 16. */
const actions = {
  '@page': '1',
  '@numpages': '1',
  '@pagesize': '1000',
  '@total': '1',
  '@start': '0',
  '@end': '0',
  '@uri': '/Mediapartners/IRabcdefGHIJ1234/Actions',
  '@nextpageuri': '',
  Actions: [
    {
      Id: '1000.4636.158133',
      CampaignId: '1000',
      CampaignName: 'Acme Campaign',
      ActionTrackerId: '2240',
      ActionTrackerName: 'Sale',
      State: 'PENDING',
      AdId: '506720',
      Payout: '0.88',
      DeltaPayout: '0.88',
      IntendedPayout: '0.88',
      Amount: '21.99',
      DeltaAmount: '21.99',
      IntendedAmount: '21.99',
      Currency: 'USD',
      ReferringDate: '2024-09-10T09:45:07-07:00',
      EventDate: '2024-09-10T10:42:38-07:00',
      CreationDate: '2024-09-10T10:51:23-07:00',
      LockingDate: '2024-09-26T00:00:00-07:00',
      ClearedDate: '',
      EventCode: '',
      Oid: '9217374917472',
      SharedId: 'RT-19247423',
      SubId1: '',
      SubId2: '',
      SubId3: '',
    },
  ],
};

const company = {
  CompanyName: 'Carrie Oakey Music',
  Website: 'https://www.carrieOakeymusic.com',
  PromotionalMethods: 'SOCIAL_MEDIA_INFLUENCER,CONTENT',
  MinimumContactRating: '1',
  Timezone: '(GMT -07:00) Pacific Time (US & Canada); Tijuana',
  Currency: 'USD',
};

export const sample: typeof fetch = sampleOf({});

/** The same with other values in its action. */
export function sampleOf(changed: Readonly<Record<string, string>>): typeof fetch {
  const answer = { ...actions, Actions: actions.Actions.map((action) => ({ ...action, ...changed })) };
  return async (input) => Response.json(String(input).endsWith('/CompanyInformation') ? company : answer);
}
