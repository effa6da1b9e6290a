import { botNamesOf, hostsOf, pathsOf, type FoldPattern } from "./match.ts";
import type { RuleMatch } from "./schema.ts";
import { WINDOW_SIZES } from "./window-table.ts";

/**
 * Something that a request must have for a rule to match, after a letter for what it is: "=" a whole
 * path, "~" a piece of one, "@" a host, "#" the name of a bot.
 */
export type Anchor = `${AnchorKind}${string}`;

export type AnchorKind = "=" | "~" | "@" | "#";

/** What a rule can be found by. Each member alone will do; an absent one can't tell. */
export interface Anchors {
  /** For each of its paths a choice, of which any is in every path that matches. */
  readonly paths?: readonly (readonly [Anchor, ...Anchor[]])[];
  /** One of these. */
  readonly hosts?: readonly Anchor[];
  /** One of these. */
  readonly names?: readonly Anchor[];
}

/** Pieces of one literal that are considered, from its start and from its end. */
const CONSIDERED = 8;

/** Finds what a match can be found by. */
export function anchorsOf(match: RuleMatch, fold?: FoldPattern): Anchors {
  const hosts = hostsOf(match)?.map((text): Anchor => `@${text}`);
  const names = botNamesOf(match)?.map((text): Anchor => `#${text}`);
  const choices = pathsOf(match, fold)?.map(({ literals, groups }): Anchor[] => {
    const [text = ""] = literals;
    return groups.length === 0 ? [`=${text}`] : literals.flatMap(piecesOf);
  });
  return {
    ...(choices === undefined || !areChoices(choices) ? {} : { paths: choices }),
    ...(hosts === undefined ? {} : { hosts }),
    ...(names === undefined ? {} : { names }),
  };
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
