import type { AuditedPage } from "../../audit/page.ts";
import type { AuditedSite } from "../../audit/site.ts";

/** First segments of paths that belong to one visitor or to the administrator, on most sites. */
const PERSONAL =
  "account accounts admin auth basket cart checkout dashboard login logout my-account oauth order orders password profile register session sign-in sign-up signin signup wishlist wp-admin wp-login.php".split(
    " ",
  );
const LOCALE = /^[a-z]{2}(?:-[a-z]{2})?$/i;

/** A path of one visitor, and why it counts as one. */
export interface PersonalPath {
  /** With a slash before it, and none at its end. */
  readonly path: string;
  readonly why: "linked" | "disallowed" | "framework";
}

/** Finds paths of one visitor: by links, by robots.txt, and those that the framework has. */
export async function findPersonalPaths(
  site: AuditedSite,
  pages: readonly AuditedPage[],
  ofFramework: readonly string[],
  origins: ReadonlySet<string>,
): Promise<readonly PersonalPath[]> {
  const found = new Map<string, PersonalPath["why"]>();
  for (const name of ofFramework) found.set(`/${name}`, "framework");
  const everyone = await site.robots.for("*");
  // If robots.txt forbids the whole site, it singles out no path.
  if (everyone.isAllowed("/")) {
    for (const name of PERSONAL) {
      // A line for a shorter path (/account) is none for a longer one (/accounts).
      const isNamed = everyone.isAllowed(`/${name.slice(0, -1)}`);
      if (isNamed && !everyone.isAllowed(`/${name}/`)) found.set(`/${name}`, "disallowed");
    }
  }
  for (const href of pages.flatMap(({ links }) => links)) {
    const url = URL.parse(href, site.home.href);
    const path = url !== null && origins.has(url.origin) ? personalPath(url.pathname) : undefined;
    if (path !== undefined) found.set(path, "linked");
  }
  return [...found]
    .map(([path, why]) => ({ path, why }))
    .toSorted((a, b) => byText(a.path, b.path));
}

/** The part of a path that names a personal area, with the language before it. */
function personalPath(path: string): string | undefined {
  const [first = "", second = ""] = path.slice(1).split("/");
  const name = LOCALE.test(first) ? second : first;
  if (!PERSONAL.includes(name.toLowerCase())) return undefined;
  return LOCALE.test(first) ? `/${first}/${second}` : `/${first}`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}
