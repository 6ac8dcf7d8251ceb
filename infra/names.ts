/** `webhooksSquare` → `WebhooksSquare`: the component and the linked resource of a topology name. */
export const componentName = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);

/** A value the person who deploys must give; the message names it and never shows a value. */
export function requiredVariable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name} before deploying (see packages/docs/deploy.md)`);
  return value;
}
