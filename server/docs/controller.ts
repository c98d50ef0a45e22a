import { Router } from 'express';

/** `/openapi.json`, `/asyncapi.json` and the page `/docs` that shows both. */
export const docsRouter = Router();
