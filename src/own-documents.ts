import { createOwnDirectory } from "./agent/own-keys.ts";
import { WELL_KNOWN_DIRECTORY } from "./agent/web-bot-auth/index.ts";
import { splitTarget } from "./http/target.ts";
import type { OwnDocument, OwnDocuments } from "./pipeline/own-documents.ts";
import type { Settings } from "./platform.ts";

/**
 * Creates the table of the proxy's own documents: by path, the owner of each and the function that makes it.
 * The proxy also responds at all other readings of its endpoints' paths, so that none is forwarded. The
 * feature `documents` has the llms.txt and llms-full.txt of any directory (the origin server's come first).
 *
 * @param isReserved whether a target is an endpoint in any reading
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
