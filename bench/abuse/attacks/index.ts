import type { Attack } from "../attack.ts";
import { cacheAttacks } from "./cache.ts";
import { compressionAttacks } from "./compression.ts";
import { dictionaryAttacks } from "./dictionaries.ts";
import { documentAttacks } from "./documents.ts";
import { identityAttacks } from "./identity.ts";
import { markdownAttacks } from "./markdown.ts";
import { pathAttacks } from "./paths.ts";
import { redirectAttacks } from "./redirects.ts";

/** The attacks of a client with one address, by feature. */
export const ATTACKS: readonly Attack[] = [
  ...documentAttacks,
  ...compressionAttacks,
  ...dictionaryAttacks,
  ...markdownAttacks,
  ...redirectAttacks,
  ...cacheAttacks,
  ...identityAttacks,
  ...pathAttacks,
];
