import type { AuditedPage } from "../../audit/page.ts";
import { templateOf } from "../../features/compression/auto/template.ts";

/** Groups that get a rule each; the automatic mode finds the others. */
const MOST_GROUPS = 6;

/** Versions of one script or style, and a URL of it. */
export interface BundleGroup {
  /** A URL Pattern of the path. */
  readonly match: string;
  /** Path and query. */
  readonly example: string;
}

export interface FoundBundles {
  readonly groups: readonly BundleGroup[];
  /** Scripts and styles of the site without a version in their address. */
  readonly unversioned: number;
  /** Hosts of other scripts and styles. */
  readonly elsewhere: readonly string[];
}

/** Addresses of scripts and styles of a page, as written. */
export function assetsOf({ scripts, linkElements }: AuditedPage): readonly string[] {
  const linked = linkElements.flatMap(({ rel, as, href }) => {
    const words = rel.split(/\s+/);
    const isPreload = words.includes("preload") && ["script", "style"].includes(as);
    return words.includes("stylesheet") || words.includes("modulepreload") || isPreload
      ? [href]
      : [];
  });
  return [...scripts, ...linked];
}

/** Groups the scripts and styles of pages by their addresses; those on the most pages come first. */
export function findBundles(
  pages: readonly { readonly url: string; readonly page: AuditedPage }[],
  origins: ReadonlySet<string>,
): FoundBundles {
  const groups = new Map<string, BundleGroup & { count: number }>();
  const unversioned = new Set<string>();
  const elsewhere = new Set<string>();
  for (const { url: base, page } of pages) {
    for (const address of new Set(assetsOf(page))) {
      const url = URL.parse(address, base);
      if (url === null || !/^https?:$/.test(url.protocol)) continue;
      if (!origins.has(url.origin)) {
        elsewhere.add(url.host);
        continue;
      }
      const example = url.pathname + url.search;
      const { kind, match } = templateOf(example);
      if (kind === "same-url") unversioned.add(url.pathname);
      if (kind !== "versioned") continue;
      const group = groups.get(match) ?? { match, example, count: 0 };
      group.count += 1;
      groups.set(match, group);
    }
  }
  return {
    groups: [...groups.values()].toSorted((a, b) => b.count - a.count).slice(0, MOST_GROUPS),
    unversioned: unversioned.size,
    elsewhere: [...elsewhere],
  };
}
