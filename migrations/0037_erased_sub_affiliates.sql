-- Sub-affiliates are people: what tells who one is goes when they ask for it. The law keeps the name on an invoice that was issued for some
-- years; then it goes there too, and that is all that ever changes on an issued invoice (packages/docs/privacy.md). And what lists of the
-- domain are asked by has indexes.
alter table affiliate.sub_affiliates
  add erased_at timestamptz,
  add forget_from date,
  add check (erased_at is null or (name = 'Erased' and email is null and status = 'archived')),
  add check (forget_from is null or erased_at is not null);
comment on column affiliate.sub_affiliates.erased_at is 'Nothing tells who this was but invoices that were issued, for as long as the law keeps them.';
comment on column affiliate.sub_affiliates.forget_from is 'The first day on which one of those need not keep the name any more; null: none has it.';
create index sub_affiliates_forget on affiliate.sub_affiliates (org_id, forget_from) where forget_from is not null;
grant update (erased_at, forget_from) on affiliate.sub_affiliates to tributary_api;
grant update (forget_from) on affiliate.sub_affiliates to app_write;
grant update (payee_name) on affiliate.invoices to app_write;
create policy system on affiliate.sub_affiliates to tributary_system using (true) with check (true);
grant select (org_id, id, forget_from) on affiliate.sub_affiliates to tributary_system;

-- Ten years from the end of the year it was issued in: several European countries ask for that, most for less. The one place that says it.
create function affiliate.name_kept_until(issued_on date) returns date
  language sql immutable parallel safe
  return make_date(extract(year from issued_on)::int + 10, 12, 31);
grant execute on function affiliate.name_kept_until to app_read;

-- That, of somebody who was erased, and nothing else: what 0034 says of issued invoices is not asked then.
create function affiliate.forgets_payee(before affiliate.invoices, after affiliate.invoices) returns boolean
  language plpgsql stable set search_path = '' as $$
begin
  return after.payee_name = 'Erased' and before.payee_name is not null
    and to_jsonb(before) - 'payee_name' = to_jsonb(after) - 'payee_name'
    and affiliate.name_kept_until(before.issued_on) < current_date and exists (
      select from affiliate.sub_affiliates s
      where s.org_id = before.org_id and s.id = before.sub_affiliate_id and s.erased_at is not null);
end $$;
grant execute on function affiliate.forgets_payee to app_read;
drop trigger keeps_issued on affiliate.invoices;
create trigger keeps_issued before update on affiliate.invoices
  for each row when (affiliate.forgets_payee(old, new) is not true) execute function affiliate.keep_issued_invoice();
create trigger keeps_issued_from_deletion before delete on affiliate.invoices
  for each row execute function affiliate.keep_issued_invoice();

-- Lists by what they are asked for: a page is read, and not all there is of the month, brand or account.
create index invoices_month on affiliate.invoices (org_id, month, id);
create index deals_brand on affiliate.deals (org_id, brand, id);
create index stat_changes_connection on affiliate.stat_changes (org_id, connection_id, id);
drop index affiliate.accounts_brand;
create index accounts_brand on affiliate.accounts (org_id, brand, connection_id);
