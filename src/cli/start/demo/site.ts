import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

export type OriginCoding = "identity" | "gzip" | "br";

interface Content {
  readonly bytes: Uint8Array;
  /** A strong entity tag, different for each content coding. */
  readonly etag: string;
}

/** One resource of the demo site, with its representations in each content coding. */
export interface SiteDocument {
  readonly type: string;
  readonly cacheControl: string;
  readonly lastModified: Date;
  /** Further fields of the response, such as Link. */
  readonly fields: Readonly<Record<string, string>>;
  readonly isCompressible: boolean;
  content(coding: OriginCoding): Promise<Content>;
}

/** Documents by URL path; no other path exists, so that no request leaves the root. */
export type DemoSite = ReadonlyMap<string, SiteDocument>;

type FieldsByPath = Readonly<Record<string, Readonly<Record<string, string>>>>;

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".md": "text/markdown; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".xml": "application/xml; charset=utf-8",
};

const compressWithGzip = promisify(gzip);
const compressWithBrotli = promisify(brotliCompress);

/**
 * Reads a folder of static files, and `_fields.json` in it (URL path to response fields), into
 * memory. Omits files whose name begins with `_` or `.`, except `.well-known`.
 */
export async function loadSite(root: string): Promise<DemoSite> {
  const fieldsByPath = await readFields(join(root, "_fields.json"));
  const site = new Map<string, SiteDocument>();
  const visit = async (folder: string, path: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const { name } = entry;
      if (/^[_.]/.test(name) && name !== ".well-known") continue;
      const file = join(folder, name);
      if (entry.isDirectory()) await visit(file, `${path}${name}/`);
      if (!entry.isFile()) continue;
      const [bytes, { mtime }] = await Promise.all([readFile(file), stat(file)]);
      const urls = name === "index.html" ? [path, `${path}${name}`] : [`${path}${name}`];
      for (const url of urls) {
        const facts = {
          type: typeOf(url, name),
          lastModified: mtime,
          fields: fieldsByPath[url] ?? {},
        };
        site.set(url, createDocument(url, bytes, facts));
      }
    }
  };
  await visit(root, "/");
  return site;
}

/** Creates a document from bytes; each coding is computed at its first use. */
export function createDocument(
  path: string,
  bytes: Uint8Array,
  facts: Pick<SiteDocument, "type" | "lastModified" | "fields">,
): SiteDocument {
  const hash = createHash("sha256").update(bytes).digest("base64url").slice(0, 22);
  const contents = new Map<OriginCoding, Promise<Content>>();
  return {
    ...facts,
    cacheControl: `public, max-age=${path.startsWith("/assets/") ? 3600 : 60}`,
    isCompressible: /^text\/|[/+](?:json|xml)\b/.test(facts.type),
    content(coding) {
      let content = contents.get(coding);
      if (content === undefined) {
        const etag = coding === "identity" ? `"${hash}"` : `"${hash}-${coding}"`;
        content = encode(bytes, coding).then((bytes) => ({ bytes, etag }));
        contents.set(coding, content);
      }
      return content;
    },
  };
}

async function encode(bytes: Uint8Array, coding: OriginCoding): Promise<Uint8Array> {
  switch (coding) {
    case "identity":
      return bytes;
    case "gzip":
      return compressWithGzip(bytes, { level: 9 });
    case "br":
      return compressWithBrotli(bytes, {
        params: {
          [constants.BROTLI_PARAM_QUALITY]: 9,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      });
  }
}

function typeOf(path: string, name: string): string {
  // Without a charset parameter, so that the page's meta element applies.
  if (path.startsWith("/charsets/")) return "text/html";
  return TYPES[extname(name)] ?? "application/octet-stream";
}

async function readFields(file: string): Promise<FieldsByPath> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "{}";
    throw error;
  });
  return JSON.parse(text) as FieldsByPath;
}
