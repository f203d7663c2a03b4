// Shows this endpoint's own OpenAPI document. Nothing is asked of another host: neither its validator
// nor fonts nor images.
const dark = matchMedia("(prefers-color-scheme: dark)");
const followColours = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followColours);
followColours();

SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#viewer",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  validatorUrl: null,
  onComplete() {
    document.title = document.querySelector("#viewer .title")?.firstChild?.textContent ?? document.title;
  },
});
