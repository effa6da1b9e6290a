import type { Platform, Settings } from "../../app.ts";

export type NodeSettings = Settings & {
  readonly originServer: string;
  /** CA certificates in PEM for the origin server. @default the public authorities */
  readonly originCa?: string | undefined;
  /** Those for named origin servers, by name. @default the public authorities */
  readonly originCas?: Readonly<Record<string, string>> | undefined;
};

export type NodePlatform = Omit<Platform, "askOrigin" | "backgroundLimit">;
