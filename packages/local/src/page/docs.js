// Nothing is fetched from elsewhere: the machine may be offline.
Scalar.createApiReference('#reference', { url: '/openapi.json', withDefaultFonts: false, telemetry: false });
