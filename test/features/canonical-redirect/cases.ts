import { readdirSync, readFileSync } from "node:fs";

/** One page of `fixtures/html/canonical`: what the origin answers, and what is decided. */
export interface Case {
  readonly name: string;
  /** Path and query. @default "/old/" */
  readonly url?: string;
  readonly method?: string;
  readonly status?: number;
  /** Content-Type; none where empty. @default "text/html; charset=utf-8" */
  readonly type?: string;
  readonly link?: string | readonly string[];
  /** What stands in the head of an ordinary page. */
  readonly head?: string;
  /** The whole document. */
  readonly html?: string;
  /** @default "utf-8" */
  readonly encoding?: "utf-8" | "latin1" | "utf-16le" | "utf-16be";
  readonly bom?: boolean;
  readonly coding?: "gzip" | "br";
  /** Where the crawler is sent, on the public origin. */
  readonly to?: string;
  /** Why it gets the page. */
  readonly stays?: string;
}

/** Cases under one set of options. */
export interface CaseFile {
  readonly file: string;
  readonly about: string;
  /** The paths to which the options apply; all where absent. */
  readonly match?: string;
  readonly options?: object;
  readonly cases: readonly Case[];
}

const folder = new URL("../../../fixtures/html/canonical/", import.meta.url);

/** The public origin of the cases. */
export const PUBLIC = "https://www.example.com";

/** Reads all cases. */
export function readCases(): CaseFile[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      const parsed = JSON.parse(readFileSync(new URL(name, folder), "utf8")) as CaseFile;
      return Object.assign(parsed, { file: name.replace(".json", "") });
    });
}

/** The bytes of a case's document. `origin` is how the origin server calls itself. */
export function contentOf(each: Case, origin: string): Buffer {
  const page = `<!doctype html><html><head><title>Old</title>${each.head ?? ""}</head><body><p>Old text.</p></body></html>`;
  const text = (each.html ?? page)
    .replaceAll("{{origin}}", origin)
    .replaceAll(/\{\{pad:(\d+):(.)\}\}/g, (_all, count, char: string) =>
      char.repeat(Number(count)),
    );
  const marked = each.bom === true ? `\uFEFF${text}` : text;
  if (each.encoding !== "utf-16be") return Buffer.from(marked, each.encoding ?? "utf-8");
  return Buffer.from(marked, "utf-16le").swap16();
}

export function typeOf(each: Case): string {
  return each.type ?? "text/html; charset=utf-8";
}

export function urlOf(each: Case): string {
  return each.url ?? "/old/";
}
