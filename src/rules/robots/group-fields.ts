import { writeByPath, type ValuedRegion } from "./field-paths.ts";
import { linesOf, pagesOf, SHARE, type Said, type UnsaidNotes } from "./setting.ts";

/** A line of a group that is no Allow or Disallow line. */
export interface GroupField {
  readonly name: string;
  readonly value: string;
  readonly rule: string;
  /** The fields of the origin server's group that take precedence, in lower case. */
  readonly yieldsTo: readonly string[];
  /** Whether the line replaces the origin server's of this name. */
  readonly overrides: boolean;
}

type FieldLine = ReturnType<typeof linesOf<"field">>[number];

/** A setting that applies to a crawler. */
export interface FittingSetting {
  readonly said: Said;
  /** The condition that no line can tell; undefined if there is none. */
  readonly doubt: string | undefined;
}

/**
 * Writes the fields of a crawler's group.
 *
 * @param settings in their order, up to one that decides about all pages
 */
export function writeFields(
  settings: readonly FittingSetting[],
  notes: UnsaidNotes,
): readonly GroupField[] {
  const all = settings.flatMap(({ said }) => linesOf(said, "field"));
  const byName = new Map(all.map((line) => [line.name, line]));
  return [...byName.values()].flatMap(({ name, takesPath }) =>
    takesPath === true ? fieldByPath(name, settings, notes) : fieldOfAll(name, settings, notes),
  );
}

/** The one line of a field without paths: that of the setting for all pages. */
function fieldOfAll(
  name: string,
  settings: readonly FittingSetting[],
  notes: UnsaidNotes,
): readonly GroupField[] {
  const whole = settings.find(
    ({ said, doubt }) => said.match.path === undefined && doubt === undefined,
  )?.said;
  const line = whole?.isShare === false ? lineIn(whole, name) : undefined;
  for (const { said, doubt } of settings) {
    const own = lineIn(said, name);
    if (own?.value === line?.value) continue;
    const why = doubt ?? (said.isShare ? SHARE : "a group has one line for all pages");
    notes.add(said, `${name}: ${why}${own === undefined ? ", and this rule states none" : ""}`);
  }
  return line === undefined ? [] : [fieldOf(line, line.value, whole)];
}

/** The lines of a field whose value may follow a path, of which the longest decides. */
function fieldByPath(
  name: string,
  settings: readonly FittingSetting[],
  notes: UnsaidNotes,
): readonly GroupField[] {
  const regions: (ValuedRegion & Pick<FittingSetting, "said">)[] = [];
  for (const { said, doubt } of settings) {
    const line = lineIn(said, name);
    const why = doubt ?? (said.isShare ? SHARE : undefined);
    if (why !== undefined && line !== undefined) notes.add(said, `${name}: ${why}`);
    if (doubt !== undefined) continue;
    const value = said.isShare ? "" : (line?.value ?? "");
    for (const pages of pagesOf(said, true, (lack) => notes.add(said, `${name}: ${lack}`))) {
      regions.push({ ...pages, isBlocked: false, name: said.name, value, said });
    }
  }
  let written = writeByPath(regions);
  if (written === undefined) {
    // Says the value for all pages, and none for parts.
    for (const { said } of regions) {
      if (said.match.path !== undefined) notes.add(said, `${name}: ${OVERLAP}`);
    }
    written = writeByPath(regions.filter(({ said }) => said.match.path === undefined));
  }
  const last = settings.at(-1)?.said;
  for (const { pattern, region } of written?.unsaid ?? []) {
    const said = region?.said ?? last;
    if (said) notes.add(said, `${name}: no line for ${pattern} is long enough to decide`);
  }
  const model = settings.flatMap(({ said }) => lineIn(said, name) ?? [])[0];
  return (written?.lines ?? []).flatMap(({ path, value, region }) => {
    const line = (region && lineIn(region.said, name)) ?? model;
    // A path without value says nothing about its pages.
    const text = [path, value].filter((each) => each !== undefined && each !== "").join(" ");
    return line === undefined ? [] : [fieldOf(line, text, region?.said)];
  });
}

const OVERLAP = "the paths of the rules overlap in too many ways";

function lineIn(said: Said, name: string): FieldLine | undefined {
  return linesOf(said, "field").find((line) => line.name === name);
}

function fieldOf(line: FieldLine, value: string, said: Said | undefined): GroupField {
  const { name, alike = [], overrides = false } = line;
  const yieldsTo = [name, ...alike].map((each) => each.toLowerCase());
  return { name, value, rule: said?.name ?? "defaults", yieldsTo, overrides };
}
