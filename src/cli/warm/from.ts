import { readAuditedPage } from "../../audit/page.ts";
import { FieldList } from "../../http/fields.ts";
import { isHtml, parseMediaType } from "../../http/media-type.ts";
import { isObject, parseJson } from "../../http/json.ts";
import { isOnWeb } from "../../http/target.ts";
import { ask, readUpTo } from "../canonicals/page.ts";
import { readSitemaps } from "../canonicals/sitemap.ts";
import { assetsOf } from "../init/bundles.ts";
import { readBytes } from "../rules-file.ts";
import { CommandFailure, UsageError } from "../usage.ts";

/** Bytes of a page or a manifest, and URLs of a source, at most. */
const MAX_CONTENT = 8 * 1024 * 1024;
const MOST = 5000;
/** Levels of objects in a manifest. */
const DEEPEST = 6;

/** Files that the proxy codes. */
const CODED = /\.(?:m?js|css|wasm|json|svg|html?)(?:\?|$)/i;

/**
 * The URLs that a source names: a page, a sitemap, or a manifest of a build.
 *
 * @param source a URL, or the path of a manifest
 * @param base the URL of the folder that a manifest in a file is about
 */
export async function addressesFrom(source: string, base: URL | undefined): Promise<string[]> {
  const url = URL.parse(source);
  if (!isOnWeb(url)) {
    if (base === undefined) throw new UsageError(`--from ${source} is a file: it needs --base URL`);
    const text = new TextDecoder().decode(readBytes(source));
    return filesIn(text, source).map((file) => new URL(file, base).href);
  }
  if (/\.xml(?:\.gz)?$/i.test(url.pathname)) return fromSitemap(source);
  const response = await ask(source).catch(() => undefined);
  if (response === undefined) throw new CommandFailure(`no response from ${source}`);
  const type = parseMediaType(response.headers.get("content-type") ?? undefined);
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new CommandFailure(`${source}: status ${response.status}`);
  }
  if (type?.essence.endsWith("xml") === true && !isHtml(type)) {
    await response.body?.cancel();
    return fromSitemap(source);
  }
  const content = await readUpTo(response, MAX_CONTENT);
  if (!isHtml(type)) {
    return filesIn(new TextDecoder().decode(content), source).map(
      (file) => new URL(file, base ?? url).href,
    );
  }
  const fields = FieldList.from([...response.headers].flat());
  const page = readAuditedPage({ fields, content });
  const assets = assetsOf(page).flatMap((address) => URL.parse(address, url)?.href ?? []);
  return [url.href, ...assets].slice(0, MOST);
}

async function fromSitemap(source: string): Promise<string[]> {
  const { pages, faults } = await readSitemaps([source], MOST);
  const [fault] = faults;
  if (pages.length === 0)
    throw new CommandFailure(`${source}: ${fault?.why ?? "it lists nothing"}`);
  return [...pages];
}

/** The files that a manifest names in any of its texts, as Vite, webpack and Rails write it. */
function filesIn(text: string, source: string): string[] {
  const value = parseJson(text);
  if (!isObject(value))
    throw new CommandFailure(`${source} is neither a page, a sitemap nor a manifest in JSON`);
  const files = new Set<string>();
  const visit = (part: unknown, depth: number): void => {
    if (files.size >= MOST || depth > DEEPEST) return;
    if (typeof part === "string") {
      if (CODED.test(part)) files.add(part);
    } else if (Array.isArray(part)) for (const each of part) visit(each, depth + 1);
    else if (isObject(part)) for (const each of valuesOf(part)) visit(each, depth + 1);
  };
  visit(value, 0);
  return [...files];
}

/** In Vite's manifest, `src` names the source and `imports` other entries: neither is a file of the build. */
function valuesOf(part: Readonly<Record<string, unknown>>): readonly unknown[] {
  if (typeof part["file"] !== "string") return Object.values(part);
  return [part["file"], part["css"], part["assets"]];
}
