import { startCaddy } from "./origins/caddy.ts";
import { describeStatic } from "./static.ts";

describeStatic("Caddy", {
  program: "caddy",
  start: startCaddy,
  targets: ["/old", "/away", "/gone"],
});
