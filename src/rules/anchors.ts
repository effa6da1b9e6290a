import { botNamesOf, hostsOf, pathsOf, type FoldPattern } from "./match.ts";
import type { RuleMatch } from "./schema.ts";
import { WINDOW_SIZES } from "./window-table.ts";

/** A literal that a request must have, after its kind: "=" path, "~" part, "@" host, "#" bot. */
export type Anchor = `${AnchorKind}${string}`;

export type AnchorKind = "=" | "~" | "@" | "#";

/** The anchors by which a rule can be found. Any member is enough; an absent one says nothing. */
export interface Anchors {
  /** For each path, anchors that every matching path contains; any of them can index the rule. */
  readonly paths?: readonly (readonly [Anchor, ...Anchor[]])[] | undefined;
  /** The rule matches one of these hosts. */
  readonly hosts?: readonly Anchor[] | undefined;
  /** The rule matches one of these bots. */
  readonly names?: readonly Anchor[] | undefined;
}

/** Parts of one literal that are considered, from its start and from its end. */
const CONSIDERED = 8;

/** Lists the anchors of a rule's match. */
export function anchorsOf(match: RuleMatch, fold?: FoldPattern): Anchors {
  const hosts = hostsOf(match)?.map((text): Anchor => `@${text}`);
  const names = botNamesOf(match)?.map((text): Anchor => `#${text}`);
  const choices = pathsOf(match, fold)?.map(({ literals, groups }): Anchor[] => {
    const [text = ""] = literals;
    return groups.length === 0 ? [`=${text}`] : literals.flatMap(piecesOf);
  });
  return { paths: choices && areChoices(choices) ? choices : undefined, hosts, names };
}

function areChoices(lists: readonly Anchor[][]): lists is [Anchor, ...Anchor[]][] {
  return lists.every((list) => list.length > 0);
}

function piecesOf(literal: string): Anchor[] {
  const found: Anchor[] = [];
  for (const size of WINDOW_SIZES) {
    const last = literal.length - size;
    for (let at = 0; at <= last; at++) {
      if (at >= CONSIDERED && at <= last - CONSIDERED) at = last - CONSIDERED + 1;
      found.push(`~${literal.slice(at, at + size)}`);
    }
  }
  return found;
}
