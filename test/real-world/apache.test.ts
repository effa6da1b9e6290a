import { startApache } from "./origins/apache.ts";
import { describeStatic } from "./static.ts";

describeStatic("Apache", {
  programs: ["apache2"],
  start: startApache,
  targets:
    "/old /moved/page.html /gone /clean/page /rewritten/app.js /choice /choice.html /page /.htaccess".split(
      " ",
    ),
});
