import type { AuditStep } from "./model.ts";
import { textOf, type AuditReply } from "./reply.ts";

type Outcome = AuditStep["finding"]["outcome"];

/** Characters of the content that the evidence quotes. */
const PREVIEW = 300;
/** Characters of a field's value that the evidence quotes. */
const LONGEST_VALUE = 500;
/** Fields of the response that the evidence quotes: those that checks read, and that caches set. */
const QUOTED = [
  "content-type",
  "content-encoding",
  "location",
  "link",
  "vary",
  "cache-control",
  "etag",
  "age",
  "cache-status",
  "cf-cache-status",
  "x-cache",
  "x-vercel-cache",
  "www-authenticate",
  "content-signal",
  "access-control-allow-origin",
  "use-as-dictionary",
  "accept-signature",
];

/** Collects the steps by which a check comes to its result. */
export class Trail {
  readonly steps: AuditStep[] = [];

  /** Records a request and its response. */
  fetched(reply: AuditReply, summary?: string, outcome?: Outcome): void {
    const { method, url, headers } = reply.request;
    // A signature is valid for some minutes, and the report is made to be passed on.
    const shown = Object.entries(headers).filter(([name]) => !/^signature(?:-input)?$/i.test(name));
    const request = { method, url, headers: Object.fromEntries(shown) };
    const label = `${method} ${new URL(url).pathname}`;
    if (reply.kind === "none") {
      this.#add("fetch", label, outcome ?? "negative", summary ?? reply.message, { request });
      return;
    }
    const { status } = reply;
    const preview = textOf(reply).slice(0, PREVIEW);
    const response = {
      status,
      headers: quotedFields(reply),
      ...(preview === "" ? {} : { bodyPreview: preview }),
    };
    const found = status >= 200 && status < 300 ? "positive" : "negative";
    this.#add("fetch", label, outcome ?? found, summary ?? `status ${status}`, {
      request,
      response,
    });
  }

  /** Records a step without a request. */
  note(
    action: Exclude<AuditStep["action"], "fetch">,
    label: string,
    outcome: Outcome,
    summary: string,
  ): void {
    this.#add(action, label, outcome, summary, {});
  }

  #add(
    action: AuditStep["action"],
    label: string,
    outcome: Outcome,
    summary: string,
    more: Partial<AuditStep>,
  ): void {
    this.steps.push({ action, label, ...more, finding: { outcome, summary } });
  }
}

function quotedFields(reply: Extract<AuditReply, { kind: "response" }>): Record<string, string> {
  const found = QUOTED.flatMap((name) => {
    const value = reply.fields.get(name);
    return value === undefined ? [] : [[name, value.slice(0, LONGEST_VALUE)] as const];
  });
  return Object.fromEntries(found);
}
