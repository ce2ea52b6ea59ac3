"use strict";
// The page that shows the API. Calls made while signed in carry the CSRF token; a key, once given, goes first.
const docs = document.getElementById("docs");
const token = document.querySelector("meta[name=csrf-token]").content;

window.SwaggerUIBundle({
  url: docs.dataset.document,
  domNode: docs,
  presets: [window.SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
  requestInterceptor: (request) => {
    if (request.method && request.method !== "GET") request.headers["X-CSRFToken"] = token;
    return request;
  },
});
