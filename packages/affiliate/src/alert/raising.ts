/**
 * Ends a statement that finds out what rules say: raises an alert for each row of `hit` (rule_id, kind, cool_down_hours, dimension,
 * scope_value, window_from, window_to, occasion, finding) that has none yet, unless the rule is silent about that scope. `raised` holds
 * what was raised; $1 is the organization, $2 the time.
 */
export const raising = `candidate as materialized (
    select h.*, row_number() over (partition by h.rule_id, h.dimension, h.scope_value order by h.window_to desc, h.occasion) as place
    from hit h
    where not exists (select from affiliate.alerts a where a.org_id = $1 and a.rule_id = h.rule_id and a.dimension = h.dimension
        and a.scope_value = h.scope_value and a.window_from = h.window_from and a.window_to = h.window_to and a.occasion = h.occasion)
      and not exists (select from affiliate.alerts a where a.org_id = $1 and a.rule_id = h.rule_id and a.dimension = h.dimension
        and a.scope_value = h.scope_value and a.raised_at > $2::timestamptz - make_interval(hours => h.cool_down_hours))
  ), raised as (
    insert into affiliate.alerts (org_id, rule_id, dimension, scope_value, window_from, window_to, occasion, kind, finding, raised_at)
    select $1, rule_id, dimension, scope_value, window_from, window_to, occasion, kind, finding, $2
    from candidate where cool_down_hours = 0 or place = 1
    on conflict (org_id, rule_id, dimension, scope_value, window_from, window_to, occasion) do nothing
    returning id, rule_id, dimension, scope_value
  )`;
