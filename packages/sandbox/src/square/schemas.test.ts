import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { squareAnswers } from './answers.ts';
import { sampleNames, squareSample } from './sample.ts';
import { squareCustomer, squareEnvelope, squarePayment, squareRefund } from './schemas.ts';

const payloads = new URL('../../test/payloads/', import.meta.url);
const read = (name: string) => JSON.parse(readFileSync(new URL(name, payloads), 'utf8'));

const answers: Record<string, z.ZodType> = {
  GetPaymentResponse: squareAnswers['GET /v2/payments/:id'],
  ListLocationsResponse: squareAnswers['GET /v2/locations'],
  ListPaymentRefundsResponse: squareAnswers['GET /v2/refunds'],
  ListPaymentsResponse: squareAnswers['GET /v2/payments'],
  ListWebhookSubscriptionsResponse: squareAnswers['GET /v2/webhooks/subscriptions'],
  ObtainTokenResponse: squareAnswers['POST /oauth2/token'],
  RetrieveOrderResponse: squareAnswers['GET /v2/orders/:id'],
  RetrieveTokenStatusResponse: squareAnswers['POST /oauth2/token/status'],
  RevokeTokenResponse: squareAnswers['POST /oauth2/revoke'],
  SearchEventsResponse: squareAnswers['POST /v2/events'],
  TestWebhookSubscriptionResponse: squareAnswers['POST /v2/webhooks/subscriptions/:id/test'],
  UpdateWebhookSubscriptionSignatureKeyResponse: squareAnswers['POST /v2/webhooks/subscriptions/:id/signature-key'],
};

describe("Square's own samples fit the schemas", () => {
  it.each(Object.keys(answers))('%s', (name) => {
    expect(() => answers[name]?.parse(read(`square.api.${name}.json`))).not.toThrow();
  });

  it('all of them', () => {
    const files = readdirSync(payloads).filter((name) => name.startsWith('square.api.'));
    expect(files.sort()).toEqual(
      Object.keys(answers)
        .map((name) => `square.api.${name}.json`)
        .sort(),
    );
  });

  it.each(sampleNames)('the event %s', (name) => {
    const { data } = squareEnvelope.parse(JSON.parse(squareSample(name).toString()));
    if (data.object?.payment) squarePayment.parse(data.object.payment);
    if (data.object?.refund) squareRefund.parse(data.object.refund);
    expect(data.object).toBeDefined();
  });

  it('a customer', () => {
    expect(() => squareCustomer.parse(read('square.customer.created.json').data.object.customer)).not.toThrow();
  });
});
