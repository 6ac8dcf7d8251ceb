-- A batch whose legs are all entered, as most are, inserts no record: of no rows nothing needs to be summed.
create or replace function ledger.refuse_unbalanced() returns trigger
  language plpgsql set search_path = '' set enable_seqscan = off as $$
declare
  unbalanced uuid;
begin
  if not exists (select from arrived n group by n.posting_id having sum(n.amount) <> 0) and (
    select coalesce(min(a.unit) = max(a.unit), not exists (select from arrived)) from ledger.accounts a
    where a.org_id = (select n.org_id from arrived n limit 1) and a.id = any (array(select n.account_id from arrived n))
  ) then
    return null;
  end if;
  select leg.posting_id into unbalanced
  from (
    select e.org_id, e.posting_id, e.account_id, e.amount from ledger.entries e
    where e.posting_id = any (array(select n.posting_id from arrived n))
    union all
    select r.org_id, r.posting_id, r.account_id, r.amount from ledger.records r
    where r.posting_id = any (array(select n.posting_id from arrived n))
  ) leg join ledger.accounts a on a.org_id = leg.org_id and a.id = leg.account_id
  group by leg.posting_id, a.unit having sum(leg.amount) <> 0
  limit 1;
  if found then
    raise exception 'posting % does not balance', unbalanced using errcode = 'LB001';
  end if;
  return null;
end $$;
