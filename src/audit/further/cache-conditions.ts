import { advise } from "../check.ts";
import { notApplicable, unableToCheck } from "../model.ts";
import { typeOfReply, type AuditResponse } from "../reply.ts";
import { ACCEPT_HTML, ACCEPT_MARKDOWN } from "../site.ts";
import { askAnew, formOf } from "./asked.ts";
import type { FurtherCheck, FurtherContext } from "./further-check.ts";
import { somePages } from "./pages.ts";

const goal =
  "give each form of a page its own ETag, and answer HEAD and conditional requests for that form";

/** Pages that are requested so. */
const MOST_PAGES = 2;

export const cacheConditions: FurtherCheck = {
  id: "cacheConditions",
  title: "HEAD and conditional requests",
  goal,
  async run(context) {
    const pages = (await somePages(context)).slice(0, MOST_PAGES);
    if (pages.length === 0) return unableToCheck("no page could be read");
    const faults: string[] = [];
    let tags = 0;
    for (const { target } of pages) {
      const found = await tryPage(context, target);
      tags += found.tags;
      faults.push(...found.faults.map((fault) => `${target}: ${fault}`));
    }
    const [first] = faults;
    if (first === undefined) {
      if (tags === 0) return notApplicable("pages have no ETag, and HEAD agrees with GET");
      return {
        status: "pass",
        message: "HEAD and conditional requests got answers about the right form",
      };
    }
    return {
      status: "fail",
      message: first,
      details: { faults },
      advice: advise(context.site, goal, {
        origin:
          "Make the ETag of each form and of each content coding its own (RFC 9110 §8.8.3), and let caches in front compare If-None-Match with the form that the request would get. A 304 about another form leaves the wrong content in the client's cache.",
      }),
    };
  },
};

interface Tried {
  readonly tags: number;
  readonly faults: readonly string[];
}

/** The requests whose answers must not be mixed up, by name. */
const FORMS = {
  HTML: { accept: ACCEPT_HTML, headers: { "accept-encoding": "identity" } },
  Markdown: { accept: ACCEPT_MARKDOWN, headers: { "accept-encoding": "identity" } },
  "HTML in gzip": { accept: ACCEPT_HTML, headers: { "accept-encoding": "gzip" } },
} as const;

type FormName = keyof typeof FORMS;

async function tryPage(context: FurtherContext, target: string): Promise<Tried> {
  const whole = new Map<FormName, AuditResponse>();
  for (const name of Object.keys(FORMS) as FormName[]) {
    const reply = await askAnew(context, target, FORMS[name], name);
    if (reply.kind === "response" && isForm(name, reply)) whole.set(name, reply);
  }
  const faults: string[] = [];
  for (const [name, reply] of whole) faults.push(...(await tryHead(context, target, name, reply)));
  const tagged = [...whole].flatMap(([name, reply]) => {
    const tag = reply.fields.get("etag");
    return tag === undefined ? [] : [{ name, tag }];
  });
  for (const { name, tag } of tagged) {
    for (const other of tagged.filter((each) => each.name !== name)) {
      if (!mustDiffer(name, other.name, tag)) continue;
      if (sameTag(tag, other.tag)) {
        if (name < other.name) faults.push(`${name} and ${other.name} have the same ETag ${tag}`);
        continue;
      }
      faults.push(...(await tryForeignTag(context, target, name, other)));
    }
  }
  return { tags: tagged.length, faults: [...new Set(faults)] };
}

function isForm(name: FormName, reply: AuditResponse): boolean {
  const form = formOf(reply);
  if (name === "Markdown") return form === "Markdown";
  const coding = reply.fields.get("content-encoding") ?? "identity";
  return form === "HTML" && coding === (name === "HTML" ? "identity" : "gzip");
}

/** RFC 9110 §8.8.1: codings may share a weak tag, but no strong one; forms may share none. */
function mustDiffer(one: FormName, other: FormName, tag: string): boolean {
  const isCoding = one !== "Markdown" && other !== "Markdown";
  return !isCoding || !tag.startsWith("W/");
}

const sameTag = (a: string, b: string): boolean => a.replace(/^W\//, "") === b.replace(/^W\//, "");

/** Requests a form with the tag of another one, twice: a cache may have stored it after the first. */
async function tryForeignTag(
  context: FurtherContext,
  target: string,
  name: FormName,
  other: { readonly name: FormName; readonly tag: string },
): Promise<readonly string[]> {
  const { accept, headers } = FORMS[name];
  const options = { accept, headers: { ...headers, "if-none-match": other.tag } };
  for (let count = 0; count < 2; count++) {
    const reply = await askAnew(
      context,
      target,
      options,
      `${name}, If-None-Match of ${other.name}`,
    );
    if (reply.kind === "response" && reply.status === 304) {
      return [`a request for ${name} with the ETag of ${other.name} gets 304`];
    }
  }
  return [];
}

async function tryHead(
  context: FurtherContext,
  target: string,
  name: FormName,
  whole: AuditResponse,
): Promise<readonly string[]> {
  const reply = await askAnew(
    context,
    target,
    { ...FORMS[name], method: "HEAD" },
    `HEAD of ${name}`,
  );
  if (reply.kind === "none") return [];
  if (reply.status !== whole.status)
    return [`HEAD of ${name} answers ${reply.status}, GET ${whole.status}`];
  const [head, get] = [typeOfReply(reply), typeOfReply(whole)];
  if (head !== get) return [`HEAD of ${name} has the type ${head || "none"}, GET ${get}`];
  const tags = [reply.fields.get("etag"), whole.fields.get("etag")];
  const differ = tags[0] !== undefined && tags[1] !== undefined && !sameTag(tags[0], tags[1]);
  return differ ? [`HEAD of ${name} has another ETag than GET`] : [];
}
