import { createOwnDirectory } from "./agent/own-keys.ts";
import { WELL_KNOWN_DIRECTORY } from "./http/known-paths.ts";
import { remembering } from "./http/remember.ts";
import { splitTarget } from "./http/target.ts";
import type { OurDocument, OwnDocuments } from "./pipeline/own-documents.ts";
import type { FeatureStage } from "./pipeline/stage.ts";
import type { Settings } from "./platform.ts";

/**
 * Creates the table of own documents: by path or pattern, the owner and the function that makes it.
 * The proxy also responds at all other readings of its endpoints' paths, so that none is forwarded.
 *
 * @param isReserved whether a target is an endpoint in any reading
 */
export function ownDocuments(
  endpoints: Iterable<readonly [path: string, endpoint: OurDocument]>,
  isReserved: (target: string) => boolean,
  stages: readonly FeatureStage[],
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
  const ofStages = stages.flatMap(({ feature, documents = [] }) =>
    documents.map((document) => ({ ...document, feature })),
  );
  // Most requests are for the same targets.
  return remembering(
    (target) =>
      table.get(splitTarget(target).path) ??
      (isReserved(target) ? NOTHING : ofStages.find(({ at }) => at.test(target))),
  );
}

const NOTHING: OurDocument = { owner: "ours", methods: "any", make: () => undefined };
