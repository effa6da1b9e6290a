import { createOwnDirectory } from "./agent/own-keys.ts";
import { WELL_KNOWN_DIRECTORY } from "./agent/web-bot-auth/index.ts";
import type { OwnDocument, OwnDocuments } from "./pipeline/own-documents.ts";
import type { Settings } from "./platform.ts";

/**
 * The documents that we make at a path of their own, and who owns them. Not here: llms.txt and
 * llms-full.txt, which are at any directory (`features/documents`, the origin server first), and health
 * and `/.wayleave/`, which answer while there are no rules (`admin/own-target.ts`, ours).
 */
export function ownDocuments({ ownKeys }: Settings, now: () => number): OwnDocuments {
  const documents = new Map<string, OwnDocument>();
  if (ownKeys !== undefined) {
    const directory = createOwnDirectory(ownKeys, now);
    documents.set(WELL_KNOWN_DIRECTORY, {
      owner: "ours",
      make: async ({ url }) => {
        const { fields, body } = await directory(url.origin + WELL_KNOWN_DIRECTORY);
        return { status: 200, fields: Object.entries(fields), content: body };
      },
    });
  }
  return documents;
}
