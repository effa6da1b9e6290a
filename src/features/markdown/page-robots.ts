import type { Fields } from "../../http/fields.ts";
import { hasRobotsRule, robotsLines, tdmReservation, type Metas } from "../../http/robots-meta.ts";
import { isOnWeb } from "../../http/target.ts";

type Line = readonly [name: string, value: string];

/** Field lines to set and then to add. */
interface Lines {
  readonly set: readonly Line[];
  readonly append: readonly Line[];
}

const NONE: Lines = { set: [], append: [] };

/**
 * Field lines that say what the page's `<meta>` elements say to robots, since markdown has no such
 * elements. The origin server's own fields stay.
 */
export function robotsFields(page: URL, fields: Fields, metas: Metas): Lines {
  if (metas.length === 0) return NONE;
  const own = [...fields.lines()].filter(([name]) => name.toLowerCase() === "x-robots-tag");
  const lines = robotsLines(
    own.map(([, value]) => value),
    metas,
  );
  const [first, ...more] = (lines ?? []).map((value): Line => ["x-robots-tag", value]);
  return { set: [...(first ? [first] : []), ...reservation(page, fields, metas)], append: more };
}

function reservation(page: URL, fields: Fields, metas: Metas): Line[] {
  const reserved = tdmReservation(metas);
  if (reserved === undefined || fields.get("tdm-reservation") !== undefined) return [];
  const terms = reserved.policy === undefined ? null : URL.parse(reserved.policy, page);
  const lines: Line[] = [["tdm-reservation", reserved.isReserved ? "1" : "0"]];
  if (isOnWeb(terms) && terms.href.length < 2000) lines.push(["tdm-policy", terms.href]);
  return lines;
}

/** The Content-Signal that the page's `<meta>` elements amount to; empty if they state no preference. */
export function signalsOfPage(metas: Metas): string {
  if (metas.length === 0) return "";
  const isReserved = tdmReservation(metas)?.isReserved === true || hasRobotsRule(metas, "noai");
  return isReserved ? "ai-train=no" : "";
}
