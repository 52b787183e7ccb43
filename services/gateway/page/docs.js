// Starts Swagger UI. A file of its own, so that the page's policy need not allow inline script.
window.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  layout: "BaseLayout",
  presets: [window.SwaggerUIBundle.presets.apis],
  deepLinking: true,
  showExtensions: true,
  showCommonExtensions: true,
  // Otherwise a server of its makers would be asked about ours.
  validatorUrl: null,
});
