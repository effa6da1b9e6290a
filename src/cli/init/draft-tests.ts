import type { Commented } from "./commented-json.ts";
import { plainObject } from "./commented-json.ts";
import { bundleRuleName, RULE_NAMES } from "./draft-rules.ts";
import { isPlainTarget } from "./plain-target.ts";
import type { SiteSurvey, SurveyedPage } from "./survey.ts";

const MARKDOWN = plainObject({ Accept: "text/markdown" });
const BROWSER = plainObject({
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  Accept: "text/html",
});
/** Paths of one rule that have a test each. */
const MOST = 3;

/** Drafts the policy tests of the rules: each rule by an address of the site. */
export function draftTests(survey: SiteSurvey): readonly Commented[] {
  const { personal, robots, feeds, bundles } = survey;
  const page = pagesToShow(survey)[0]?.target ?? "/";
  return [
    test("a browser gets the page as it is", {
      request: { url: page, headers: BROWSER },
      expect: {
        access: "off",
        status: 200,
        headers: { location: null, vary: null, link: null, "content-type": HTML },
      },
    }),
    test("a page would be there as markdown", {
      request: { url: page, headers: MARKDOWN },
      expect: {
        markdown: { action: "markdown", mode: "observe", rule: "defaults" },
        headers: { "content-type": HTML, vary: null },
      },
    }),
    redirectTest(survey),
    ...personal.slice(0, MOST).map(({ path }) =>
      test(`${path} is left alone`, {
        request: { url: path, headers: MARKDOWN },
        expect: {
          documents: "off",
          markdown: { action: "off", rule: RULE_NAMES.personal },
          compression: "off",
          canonicalRedirect: "off",
          cache: "off",
        },
      }),
    ),
    ...robots.refused.slice(0, MOST).map((name) =>
      test(`${name} would be refused, as robots.txt says, and is not`, {
        request: { url: page, as: name },
        expect: {
          access: { action: "block", mode: "observe", rule: RULE_NAMES.refused },
          status: 200,
        },
      }),
    ),
    ...feeds.slice(0, MOST).map((path) =>
      test(`${path} remains a feed`, {
        request: { url: path, headers: MARKDOWN },
        expect: { markdown: { action: "off", rule: RULE_NAMES.feeds } },
      }),
    ),
    ...bundles.groups.map((group) =>
      test(`${group.match} would become dictionaries, and does not`, {
        request: { url: group.example },
        expect: {
          compression: { mode: "observe", rule: bundleRuleName(group) },
          headers: { "use-as-dictionary": null, vary: null },
        },
      }),
    ),
  ];
}

const HTML = "text/html; charset=utf-8";

/** A page of the site that names another as its canonical, else a campaign's address of its first page. */
function redirectTest(survey: SiteSurvey): Commented {
  const found = elsewhereOf(survey);
  const page = pagesToShow(survey)[0]?.target ?? "/";
  const { from, to } = found ?? { from: withCampaign(page), to: page };
  return test("a verified training crawler would be sent to the canonical page, and is not", {
    request: { url: from, as: "GPTBot", evidence: "signature" },
    response: { html: `<link rel="canonical" href="${forAttribute(to)}">` },
    expect: {
      canonicalRedirect: { action: "redirect", mode: "observe", to },
      status: 200,
      headers: { location: null },
    },
  });
}

function elsewhereOf(survey: SiteSurvey) {
  const publicUrl = survey.publicOrigin?.origin ?? survey.origin;
  for (const { target, canonical } of pagesToShow(survey)) {
    const url = canonical.kind === "elsewhere" ? URL.parse(canonical.to) : null;
    if (url?.origin !== publicUrl) continue;
    const to = url.pathname + url.search;
    if (isPlainTarget(to)) return { from: target, to };
  }
  return undefined;
}

/** Pages with plain addresses, for which no rule of their own decides. */
function pagesToShow({ pages, personal, feeds }: SiteSurvey): readonly SurveyedPage[] {
  const isPersonal = (target: string): boolean =>
    personal.some(({ path }) => target.toLowerCase().startsWith(path.toLowerCase()));
  return pages.filter(
    ({ target }) =>
      isPlainTarget(target) &&
      !isPersonal(target) &&
      !feeds.some((path) => target.startsWith(path)),
  );
}

function withCampaign(target: string): string {
  return `${target}${target.includes("?") ? "&" : "?"}utm_source=wayleave`;
}

function forAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}

type Plain = Commented | { readonly [key: string]: Plain };

function test(name: string, parts: Readonly<Record<string, Plain>>): Commented {
  return asCommented({ name, ...parts });
}

function asCommented(value: Plain): Commented {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return value as Commented;
  if ("members" in value) return value as Commented;
  const entries = Object.entries(value as Readonly<Record<string, Plain>>);
  return { members: entries.map(([key, each]) => ({ key, value: asCommented(each) })) };
}
