import type { Platform, Settings } from "../../app.ts";

export type NodeSettings = Settings & {
  readonly originServer: string;
  /** CA certificates in PEM for the origin server. @default the public authorities */
  readonly originCa?: string | undefined;
};

export type NodePlatform = Omit<Platform, "askOrigin" | "backgroundLimit">;
