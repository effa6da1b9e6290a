import { createOwnDirectory } from "./agent/own-keys.ts";
import { WELL_KNOWN_DIRECTORY } from "./agent/web-bot-auth/index.ts";
import { splitTarget } from "./http/target.ts";
import type { OwnDocument, OwnDocuments } from "./pipeline/own-documents.ts";
import type { Settings } from "./platform.ts";

/**
 * The table of the documents that the proxy makes: by path, the owner of each and how it is made. The
 * proxy also answers for all other readings of the paths of its endpoints, so that none is forwarded.
 * Not here: llms.txt and llms-full.txt, at any directory, of the feature `documents` (origin first).
 *
 * @param isReserved whether a target is an endpoint's in any reading
 */
export function ownDocuments(
  endpoints: Iterable<readonly [path: string, endpoint: OwnDocument]>,
  isReserved: (target: string) => boolean,
  { ownKeys }: Settings,
  now: () => number,
): OwnDocuments {
  const table = new Map(endpoints);
  if (ownKeys !== undefined) {
    const directory = createOwnDirectory(ownKeys, now);
    table.set(WELL_KNOWN_DIRECTORY, {
      owner: "ours",
      make: async ({ url }) => {
        const { fields, body } = await directory(url.origin + WELL_KNOWN_DIRECTORY);
        return { status: 200, fields: Object.entries(fields), content: body };
      },
    });
  }
  return (target) =>
    table.get(splitTarget(target).path) ?? (isReserved(target) ? NOTHING : undefined);
}

const NOTHING: OwnDocument = { owner: "ours", methods: "any", make: () => undefined };
