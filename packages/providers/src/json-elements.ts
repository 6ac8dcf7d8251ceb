const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]/g;

/**
 * The elements of an array that is a member of a JSON object, each as it was written. Of members with one name the last counts, as it does
 * for `JSON.parse`. Empty when it has no such array.
 * @param json valid JSON
 */
export function elementsOf(json: string, member: string): string[] {
  const open: { isWanted: boolean; from: number }[] = [];
  let elements: string[] = [];
  let text = '';
  let name: string | null = null;
  for (const { 0: token, index } of json.matchAll(tokens)) {
    const inside = open.at(-1);
    if (token.startsWith('"')) {
      text = token;
    } else if (token === ':') {
      if (open.length > 1) continue;
      name = JSON.parse(text) as string;
      if (name === member) elements = [];
    } else if (token === '{' || token === '[') {
      open.push({ isWanted: open.length === 1 && token === '[' && name === member, from: index + 1 });
    } else {
      const element = inside?.isWanted ? json.slice(inside.from, index).trim() : '';
      if (element !== '') elements.push(element);
      if (token !== ',') open.pop();
      else if (inside) inside.from = index + 1;
    }
  }
  return elements;
}
