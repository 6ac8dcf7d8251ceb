/** A resource the program would create: Pulumi's type token, logical name, and resolved inputs. */
export interface Created {
  type: string;
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape belongs to each resource type of each provider
  inputs: Record<string, any>;
  /** It outlives the removal of its stage. */
  retained: boolean;
}

export const ofType = (created: readonly Created[], type: string) =>
  created.filter((resource) => resource.type === type);
