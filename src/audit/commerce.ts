import type { AuditedPage } from "./page.ts";

const SHOP_PATHS = /^\/(checkout|products?|shop|store|cart|basket)(?:\/|$)/i;

/** Signs of a shop on the home page, in the scanner's form. */
export function commerceSignals(page: AuditedPage, home: URL): readonly string[] {
  const signals = new Set<string>();
  const metas = page.metas.map(([name, content]) => `${name} ${content}`.toLowerCase());
  if (metas.some((meta) => meta.startsWith("shopify-"))) signals.add("meta:shopify");
  const sources = page.scripts.join("\n").toLowerCase();
  if (sources.includes("cdn.shopify.com")) signals.add("platform:shopify");
  if (metas.some((meta) => /^generator (?:woocommerce|prestashop|magento|shopware)/.test(meta))) {
    signals.add(`platform:${/woocommerce|prestashop|magento|shopware/.exec(metas.join())?.[0]}`);
  }
  if (/"@type"\s*:\s*"(?:Aggregate)?Offer"/.test(page.scriptText)) signals.add("schema:Offer");
  for (const href of page.links) {
    const url = URL.parse(href, home.href);
    const name = url?.origin === home.origin ? SHOP_PATHS.exec(url.pathname)?.[1] : undefined;
    if (name !== undefined) signals.add(`url:/${name.toLowerCase()}`);
  }
  return [...signals];
}

/** Whether the signals show a shop: a platform or an offer, or at least two addresses of one. */
export function isShop(signals: readonly string[]): boolean {
  const strong = signals.filter((signal) => !signal.startsWith("url:"));
  return strong.length > 0 || signals.length > 1;
}
