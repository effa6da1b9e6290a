import { auditProgress } from "../audit/audit-progress.ts";
import { siteUrl } from "../audit/choice.ts";
import { AUDIT_BOUNDS } from "../audit/requester.ts";
import { count } from "../remarks.ts";
import { onlyOne, parseArguments, parseNumber, type Command } from "../usage.ts";
import { writeCommented } from "./commented-json.ts";
import { draftFile } from "./draft.ts";
import { draftTests } from "./draft-tests.ts";
import { draftFiles, schemaPath, writeDraft, type DraftFiles } from "./files.ts";
import { formatSurvey, formatWritten } from "./report.ts";
import type { SiteSurvey } from "./survey.ts";
import { readSite } from "./read-site.ts";
import { verifyDraft } from "./verify.ts";

/** `wayleave init`: looks at a site, and writes its first rules with their tests. */
export const init: Command = {
  summary: "looks at a site, and writes its first rules and their tests",
  help: `wayleave init URL [--out FILE] [--force] [--pages N] [--timeout N]
                  [--ignore-robots] [--json]

Looks at the site of URL, which may be on this machine: robots.txt, the sitemap, some
pages, their canonicals, scripts, feeds and cookies. Writes rules with comments, in
which every feature observes and changes nothing, and policy tests beside them.

  --out FILE       the rules file (default: rules/default.jsonc); its tests are in
                   the file of the same name that ends with .test.jsonc
  --force          replaces files that exist
  --pages N        pages to read, 1 to 50 (default: 10)
  --timeout N      seconds for all requests (default: 60)
  --ignore-robots  sends requests that robots.txt forbids, for a site of your own
  --json           {"rules","tests","survey"} on standard output, for programs

Sends at most ${AUDIT_BOUNDS.total} requests, of ${AUDIT_BOUNDS.request / 1000} seconds each, reads at most 2 MiB of a response, and
requests no private address for a public site. Its name in robots.txt is
"wayleave-audit".

Exit code 1 if the rules can't be made, 2 if the arguments are wrong, a file exists
or the home page can't be read.
`,
  async run({ argv, color, isTerminal = false, out, err }) {
    const { values, positionals } = parseArguments(argv, {
      out: { type: "string", default: "rules/default.jsonc" },
      force: { type: "boolean", default: false },
      pages: { type: "string", default: "10" },
      timeout: { type: "string", default: "60" },
      "ignore-robots": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    });
    const start = siteUrl(onlyOne(positionals, "give one URL"));
    const files = draftFiles(values.out, values.force);
    const maxPages = parseNumber("--pages", values.pages, 1, 50);
    const time = parseNumber("--timeout", values.timeout, 1, 600) * 1000;
    const survey = await readSite(start, {
      maxPages,
      time,
      ignoresRobots: values["ignore-robots"],
      progress: auditProgress(err, isTerminal),
    });
    const texts = writeTexts(survey, files);
    const verified = await verifyDraft(texts.rules, texts.tests);
    writeDraft(files, texts, values.force);
    out(
      values.json
        ? `${JSON.stringify({ ...files, survey: { ...survey, cookies: [...survey.cookies.keys()] } }, undefined, 2)}\n`
        : formatSurvey(survey, color) + formatWritten(files, verified, survey.origin),
    );
    return 0;
  },
};

function writeTexts(survey: SiteSurvey, files: DraftFiles) {
  const { origin, publicOrigin, pages, framework } = survey;
  const title = `Rules for ${publicOrigin?.origin ?? origin}, drafted by wayleave init from ${count(pages.length, "page")}.${
    framework === undefined ? "" : ` Its framework is ${framework.name}: ${framework.mark}.`
  }`;
  const members = draftFile(survey, { schema: schemaPath(files.rules, "schema.json") });
  const schema = schemaPath(files.tests, "test.schema.json");
  const tests = { key: "tests", value: draftTests(survey) };
  return {
    rules: writeCommented(title, members),
    tests: writeCommented(
      `Tests of the rules, which wayleave test runs.`,
      schema === undefined ? [tests] : [{ key: "$schema", value: schema }, tests],
    ),
  };
}
