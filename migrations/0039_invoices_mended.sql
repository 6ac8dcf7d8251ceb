-- What is forgiven is forgiven of a month, so that it is made up for when a network gives back what it took: without that, the same money was
-- owed twice. And an invoice has no number but the one that was drawn for it, whoever issues it.
alter table affiliate.invoice_lines
  drop constraint invoice_lines_check,
  drop constraint invoice_lines_check3,
  add constraint invoice_lines_place check (num_nonnulls(connection_id, brand, month) = 3 and kind in ('commission', 'adjustment', 'waived')
    or num_nonnulls(connection_id, brand, month) = 0 and kind in ('carried_in', 'carried_out', 'waived')),
  add constraint invoice_lines_closing check (kind <> 'carried_out' or amount_minor > 0),
  add constraint invoice_lines_waived check (kind <> 'waived' or amount_minor > 0 or (month is not null and amount_minor < 0));
comment on column affiliate.invoice_lines.month is 'Null for what is of none. A waived line below zero takes back what was forgiven of its month before.';
comment on column affiliate.invoices.billed is
  'affiliate.sub_affiliates.billed when it was computed, and moved on with it when what was issued or voided was in another currency.';

create or replace function affiliate.keep_issued_invoice() returns trigger
  language plpgsql set search_path = '' as $$
declare
  moves constant text[] := array['status', 'paid_at', 'payment_id', 'voided_at', 'reversal_id'];
begin
  if old.status = 'draft' and tg_op = 'DELETE' then
    return old;
  end if;
  if old.status = 'draft' and new.status = 'draft' then
    return new;
  end if;
  if old.status = 'draft' and new.status = 'issued' and new.total_minor = (
    select sum(l.amount_minor) from affiliate.invoice_lines l where l.org_id = new.org_id and l.invoice_id = new.id)
    and new.number = (select n.last_number from affiliate.invoice_numbers n where n.org_id = new.org_id) then
    return new;
  end if;
  if old.status = 'issued' and tg_op = 'UPDATE' and new.status in ('paid', 'void') and to_jsonb(old) - moves = to_jsonb(new) - moves then
    return new;
  end if;
  raise exception 'an issued invoice never changes, is the sum of its lines and has the number that was drawn' using errcode = '42501';
end $$;

create trigger begins_at_one before insert on affiliate.invoice_numbers for each row
  when (new.last_number <> 1) execute function audit.refuse_change();

-- When the transaction ends: who drew a number has issued an invoice with it.
create function affiliate.use_invoice_number() returns trigger
  language plpgsql set search_path = '' as $$
begin
  if not exists (select from affiliate.invoices i where i.org_id = new.org_id and i.number = new.last_number) then
    raise exception 'a number that was drawn is used' using errcode = '42501';
  end if;
  return null;
end $$;
create constraint trigger is_used after insert or update on affiliate.invoice_numbers
  deferrable initially deferred for each row execute function affiliate.use_invoice_number();
