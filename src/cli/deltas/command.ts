import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, relative, resolve, sep } from "node:path";
import { compilePathPattern, type PathPattern } from "../../http/path-pattern.ts";
import { buildDeltas, type PairOutcome } from "./build.ts";
import { bestDeltas, plainLength } from "./encode.ts";
import { byPath, pairVersions } from "./pair.ts";
import { deltasJson, deltasTable } from "./report.ts";
import { deltasRules } from "./rules.ts";
import { pairSimilar, withoutPair } from "./similar.ts";
import { MOST_BYTES, walkBuild, type NewFile } from "./walk.ts";
import { parseArguments, UsageError, type Command } from "../usage.ts";

const MIB = 1024 * 1024;

/** `wayleave deltas build`: builds deltas at the highest quality before a deploy. */
export const deltas: Command = {
  summary: "builds deltas between two builds of a site, before a deploy",
  help: `wayleave deltas build OLD_DIR… NEW_DIR --out DIR [--match PATTERN]… [--rules FILE]
                      [--json]

Builds deltas (dcb and dcz, RFC 9842) from older versions of the files in NEW_DIR, at the highest
quality, and lists them in DIR/deltas.json. A file is paired with the file at the same path in an
OLD_DIR, or else with files whose names differ in a version part only (a hash, a version, a build
number), or else with the file of the same extension whose content is most similar. New files without an
older version, and those over 16 MiB, get no delta and are listed on stderr. Deltas that save less than a tenth of the size in br are omitted. A second run builds missing
deltas, and deletes those that are no longer listed.

  --out DIR          the folder for the deltas
  --match PATTERN    also pairs all files whose paths match, such as /assets/app.*.js
  --rules FILE       writes a rules file that uses the deltas; an existing file is not changed
  --json             the result for each pair, and for each new file and pattern of --rules that is
                     left out, as JSON

A Worker reads deltas from its bucket, under deltas/; upload deltas.json last:
  wrangler r2 object put BUCKET/deltas/FILE --file DIR/FILE --remote
`,
  async run({ argv, out, err }) {
    const { values, positionals } = parseArguments(argv, {
      out: { type: "string" },
      match: { type: "string", multiple: true, default: [] },
      rules: { type: "string" },
      json: { type: "boolean", default: false },
    });
    const [verb, ...folders] = positionals;
    if (verb !== "build")
      throw new UsageError("the only action is build: deltas build OLD_DIR NEW_DIR");
    const newFolder = folders.at(-1);
    const oldFolders = folders.slice(0, -1);
    if (newFolder === undefined || oldFolders.length === 0) {
      throw new UsageError("give the folder of the old build, then the folder of the new one");
    }
    if (values.out === undefined) throw new UsageError("give the output folder with --out DIR");
    const patterns = values.match.map(toPattern);
    const large: NewFile[] = [];
    const files = await walkBuild(newFolder, (file) => void large.push(file));
    for (const { path } of large) err(`larger than ${MOST_BYTES / MIB} MiB: ${path}\n`);
    const olds = [];
    for (const folder of oldFolders) olds.push(await walkBuild(folder));
    const named = pairVersions(files, olds, patterns);
    const similar = await pairSimilar(withoutPair(files, olds, named), olds, files);
    const pairs = [...named, ...similar].sort(byPath);
    const unpaired = withoutPair(files, olds, pairs);
    for (const { path } of unpaired) err(`no older version: ${path}\n`);
    const outcomes = await buildDeltas({
      pairs,
      folder: values.out,
      encode: bestDeltas(),
      plainLength,
      width: availableParallelism(),
      onProgress: (done, { file, from }) =>
        err(`${done}/${pairs.length} ${file.path} from ${from.path}\n`),
    });
    const { rules } = values;
    const uncovered = rules === undefined ? [] : await writeRules(rules, values.out, outcomes);
    for (const pattern of uncovered) err(`no room in the rules for ${pattern}\n`);
    const left = { unpaired, large, uncovered };
    out(values.json ? deltasJson(outcomes, left) : deltasTable(outcomes));
    return 0;
  },
};

/**
 * Writes the rules for a folder of deltas, whose path in them is relative to the file.
 *
 * @returns the patterns for which the rules have no room
 */
async function writeRules(file: string, folder: string, outcomes: readonly PairOutcome[]) {
  const path = relative(dirname(resolve(file)), resolve(folder)).replaceAll(sep, "/");
  const { text, uncovered } = deltasRules(outcomes, path.startsWith(".") ? path : `./${path}`);
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    throw new UsageError(`--rules ${file}: ${String(error)}`);
  }
  return uncovered;
}

function toPattern(source: string): PathPattern {
  const compiled = compilePathPattern(source);
  if ("fault" in compiled) throw new UsageError(`--match ${source}: ${compiled.fault}`);
  return compiled.pattern;
}
