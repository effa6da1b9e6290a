/** A document that the operator gives the site. */
export interface DiscoveryDocument {
  readonly path: string;
  readonly content: string;
  readonly type: string;
  /** "rules": the origin server's own document does not replace it. */
  readonly precedence: "origin" | "rules";
  /** Whether an index names it with a digest, so that no part may transform it. */
  readonly isArtifact: boolean;
}

/** The documents that the operator gives the site, by path. */
export type DiscoveryDocuments = ReadonlyMap<string, DiscoveryDocument>;
