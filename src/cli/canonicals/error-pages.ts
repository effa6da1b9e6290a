import { comparable } from "../../features/canonical-redirect/canonical.ts";
import { inventNear } from "../../features/canonical-redirect/invented.ts";
import {
  isErrorPage,
  sketchedPage,
  type SketchedPage,
} from "../../features/canonical-redirect/text-sketch.ts";
import { urlOnOrigin } from "../../http/target.ts";
import { pause } from "../../timing/timeout.ts";
import { readPage, type ReadOptions, type WalkedPage } from "./page.ts";

/** Parts of a site whose error pages are looked at. */
const MAX_CONTROLS = 30;

/**
 * Compares the targets of canonicals with the site's responses for addresses that do not exist.
 * Returns the keys of the targets that are error pages.
 *
 * @param delay milliseconds between two requests
 */
export async function findErrorPages(
  pages: ReadonlyMap<string, WalkedPage>,
  options: ReadOptions,
  delay: number,
): Promise<Set<string>> {
  const found = new Set<string>();
  /** The error page of each part of the site, if its status is 200. */
  const controls = new Map<string, SketchedPage | undefined>();
  for (const { canonical } of pages.values()) {
    if (canonical?.kind !== "elsewhere") continue;
    const key = comparable(new URL(canonical.to), options.sameness);
    const target = pages.get(key);
    if (target === undefined || found.has(key)) continue;
    const url = new URL(target.url);
    const invented = inventNear(url, crypto.randomUUID().slice(0, 8));
    if (!controls.has(invented.key) && controls.size < MAX_CONTROLS) {
      if (delay > 0) await pause(delay);
      const control = await readPage(urlOnOrigin(invented.target, url).href, options);
      controls.set(invented.key, sketched(control));
    }
    const control = controls.get(invented.key);
    const page = sketched(target);
    if (control !== undefined && page !== undefined && isErrorPage(page, control)) found.add(key);
  }
  return found;
}

function sketched({ url, about }: WalkedPage): SketchedPage | undefined {
  return about && sketchedPage(about.title, about.sketch, new URL(url).pathname);
}
