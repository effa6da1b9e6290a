// The whole of prom-client also loads the metrics of the process, and @opentelemetry/api.
declare module "prom-client/lib/registry.js" {
  import type { Registry } from "prom-client";

  const registry: typeof Registry;
  export default registry;
}
