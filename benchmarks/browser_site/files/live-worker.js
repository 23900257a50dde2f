"use strict";
importScripts("/live-words.js");
fetch("/stored.json?by=worker").then(answer => answer.json()).then(found => postMessage(WORDS.worker + ": " + found.kept));
