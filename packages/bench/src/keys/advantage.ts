/**
 * How well one value tells of which of two samples it is: the area under the ROC curve, from 0.5 (not at all) to 1 (always), whichever
 * of the two is the larger. By ranks (Mann and Whitney), ties sharing theirs.
 */
export function advantage(one: readonly number[], other: readonly number[]): number {
  const all = [...one.map((value) => ({ value, ours: true })), ...other.map((value) => ({ value, ours: false }))];
  all.sort((a, b) => a.value - b.value);
  let rankSum = 0;
  for (let from = 0; from < all.length; ) {
    let to = from;
    while (to < all.length && all[to]?.value === all[from]?.value) to += 1;
    // Ranks from + 1 to `to`: each of the ties has their mean.
    const ours = all.slice(from, to).filter((entry) => entry.ours).length;
    rankSum += (ours * (from + 1 + to)) / 2;
    from = to;
  }
  const area = (rankSum - (one.length * (one.length + 1)) / 2) / (one.length * other.length);
  return Math.max(area, 1 - area);
}
