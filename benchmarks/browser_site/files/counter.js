"use strict";
new Image().src = "https://widgets-lana.example/counted?page=" + encodeURIComponent(location.href);
