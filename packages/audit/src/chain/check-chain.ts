import { formulas, genesis } from './chain-hash.ts';
import type { Anchor, Finding } from './findings.ts';
import type { StoredLink } from './read-links.ts';

/** The end of a chain. `hash` in hex. */
export interface ChainEnd {
  seq: number;
  hash: string;
}

/**
 * Follows a chain link by link. Each is computed from the hash that is stored before it, so that one change is one finding and what
 * follows is judged by itself. Pure: no I/O.
 */
export class ChainCheck {
  readonly findings: Finding[] = [];
  readonly #anchors: readonly Anchor[];
  readonly #anchored = new Map<number, Set<string>>();
  #end: ChainEnd = { seq: 0, hash: genesis };

  /** @param anchors of this organization, in any order */
  constructor(anchors: readonly Anchor[]) {
    this.#anchors = anchors;
    for (const { seq, hash } of anchors) this.#anchored.set(seq, (this.#anchored.get(seq) ?? new Set()).add(hash));
  }

  get end(): ChainEnd {
    return this.#end;
  }

  /** The next link there is. */
  follow(link: StoredLink): void {
    const { seq, hash, recordId } = link;
    const follows = seq === this.#end.seq + 1;
    if (!follows) this.findings.push({ kind: 'links_missing', seq: this.#end.seq + 1, recordId: null });
    const wrong = this.#wrongIn(link, follows);
    if (wrong !== null) this.findings.push({ kind: wrong, seq, recordId });
    const anchored = this.#anchored.get(seq);
    if (anchored && (anchored.size > 1 || !anchored.has(hash))) {
      this.findings.push({ kind: 'anchor_differs', seq, recordId });
    }
    this.#end = { seq, hash };
  }

  /** Behind a gap nothing says what a link was made from. */
  #wrongIn({ formula, hash, record }: StoredLink, follows: boolean): Finding['kind'] | null {
    if (record === null) return 'record_missing';
    const compute = formulas[formula];
    if (compute === undefined) return 'formula_unknown';
    return follows && compute(this.#end.hash, record) !== hash ? 'record_changed' : null;
  }

  /** No link is left. @param head as it is stored, and the last link at the same time; null where there is none */
  finish(head: ChainEnd | null, last: ChainEnd | null): void {
    const wrong = wrongHead(head ?? { seq: 0, hash: genesis }, last ?? { seq: 0, hash: genesis });
    if (wrong !== null) this.findings.push({ kind: wrong, seq: head?.seq ?? 0, recordId: null });
    for (const seq of new Set(this.#anchors.map((anchor) => anchor.seq))) {
      if (seq > this.#end.seq) this.findings.push({ kind: 'anchor_missing', seq, recordId: null });
    }
  }
}

function wrongHead(head: ChainEnd, last: ChainEnd): Finding['kind'] | null {
  if (head.seq !== last.seq) return head.seq > last.seq ? 'head_ahead' : 'head_behind';
  return head.hash === last.hash ? null : 'head_differs';
}
