import { compileFit } from "./fit.ts";
import type { Region } from "./region.ts";
import { linesOf, pagesOf, SHARE, type Said, type UnsaidNotes } from "./setting.ts";

/** A line outside of all groups. */
export interface SiteLine {
  readonly name: string;
  /** A value that begins with "/" stands for the URL at that path. */
  readonly value: string;
  readonly rule: string;
  /** Whether the line replaces the origin server's of this name. */
  readonly overrides: boolean;
}

/** The rules of a group for a product token that stands for a purpose. */
export interface TokenPolicy {
  readonly token: string;
  readonly regions: readonly Region[];
  readonly rule: string;
  /** Whether a group of the origin server's for the token gets them. */
  readonly overrides: boolean;
}

/** The settings of a feature that say something of all crawlers on a host, up to one that decides about all pages. */
interface GeneralSetting {
  readonly said: Said;
  readonly doubt: string | undefined;
}

/** Writes the lines of settings outside of groups, and in groups for purposes. */
export function writeSiteLines(
  list: readonly Said[],
  host: string,
  notes: UnsaidNotes,
): { readonly lines: readonly SiteLine[]; readonly tokens: readonly TokenPolicy[] } {
  const settings = generalSettings(list, host);
  const whole = settings.find(isWhole)?.said;
  const own = whole?.isShare === false ? linesOf(whole, "site") : [];
  for (const { said, doubt } of settings) {
    for (const { name, value } of linesOf(said, "site")) {
      if (own.some((line) => line.name === name && line.value === value)) continue;
      const why = doubt ?? (said.isShare ? SHARE : "a file has one line for the whole site");
      notes.add(said, `${name}: ${why}`);
    }
  }
  const lines = own.map(({ name, value, overrides = false }) => {
    return { name, value, rule: whole?.name ?? "", overrides };
  });
  return { lines, tokens: tokensOf(settings, notes) };
}

function generalSettings(list: readonly Said[], host: string): readonly GeneralSetting[] {
  const found: GeneralSetting[] = [];
  for (const said of list) {
    const { agent, ...match } = said.match;
    const fit = compileFit(match)(undefined, host);
    if (fit === "never") continue;
    const doubt = agent === undefined ? fit.doubt : "the rule is for some agents only";
    found.push({ said, doubt });
    if (isWhole({ said, doubt })) break;
  }
  return found;
}

function isWhole({ said, doubt }: GeneralSetting): boolean {
  return said.match.path === undefined && doubt === undefined;
}

function tokensOf(settings: readonly GeneralSetting[], notes: UnsaidNotes): readonly TokenPolicy[] {
  const all = new Map<string, TokenPolicy>();
  for (const { said } of settings) {
    for (const { token, overrides = false } of linesOf(said, "token")) {
      const key = token.toLowerCase();
      if (all.has(key)) continue;
      const regions = settings.flatMap((each) => regionsOf(each, key, notes));
      // Conditions that no line can tell leave a group without rules.
      const first = regions.find(({ isSaid }) => isSaid);
      if (first !== undefined) all.set(key, { token, regions, rule: first.name, overrides });
    }
  }
  return [...all.values()];
}

function regionsOf(
  { said, doubt }: GeneralSetting,
  token: string,
  notes: UnsaidNotes,
): readonly (Region & { readonly isSaid: boolean })[] {
  const line = linesOf(said, "token").find((each) => each.token.toLowerCase() === token);
  const why = doubt ?? (said.isShare ? SHARE : undefined);
  const note = (reason: string): void => {
    if (line !== undefined) notes.add(said, `the group of ${line.token}: ${reason}`);
  };
  if (why !== undefined) note(why);
  if (doubt !== undefined) return [];
  const isBlocked = line?.name === "Disallow" && why === undefined;
  const isSaid = line !== undefined && why === undefined;
  return pagesOf(said, isBlocked, isBlocked ? note : () => {}).map(({ patterns, except }) => ({
    patterns,
    except,
    isBlocked,
    name: said.name,
    isSaid,
  }));
}
