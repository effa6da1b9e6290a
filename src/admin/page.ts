import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { OwnResponse } from "../pipeline/stage.ts";

/** HTML in which all text of strangers is escaped. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Fields of all of the operator's pages: nothing of others runs in them, frames or stores them. */
const GUARDING = [
  [
    "content-security-policy",
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  ],
  ["cross-origin-opener-policy", "same-origin"],
  ["cross-origin-resource-policy", "same-origin"],
  ["referrer-policy", "same-origin"],
  ["x-frame-options", "DENY"],
  ["x-content-type-options", "nosniff"],
  ["x-robots-tag", "noindex, nofollow"],
  // No feature changes them on their way.
  ["cache-control", "private, no-store, no-transform"],
  ["vary", "Cookie, Authorization, Accept"],
] as const;

/** A response with the guarding fields. */
export function guarded(
  type: string,
  content: string,
  { status = 200, more = [] }: { status?: number; more?: OwnResponse["fields"] } = {},
): OwnResponse {
  return { status, fields: [["content-type", type], ...GUARDING, ...more], content };
}

/** Redirects a browser to another of our pages, with the method GET. */
export function seeOther(location: string, more: OwnResponse["fields"] = []): OwnResponse {
  return { status: 303, fields: [["location", location], ...GUARDING, ...more], content: null };
}

/** A whole page of ours. */
export async function page(
  {
    title,
    status = 200,
    more = [],
  }: { title: string; status?: number; more?: OwnResponse["fields"] },
  body: Html,
): Promise<OwnResponse> {
  const text = await html`${raw("<!doctype html>")}
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · wayleave</title>
        <link rel="stylesheet" href="/.wayleave/style.css" />
        <link rel="icon" href="/.wayleave/icon.svg" type="image/svg+xml" />
      </head>
      <body>
        ${body}
      </body>
    </html> `;
  return guarded("text/html; charset=utf-8", String(text), { status, more });
}
