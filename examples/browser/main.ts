/** `npm run example`: serves the page. */
import { EXAMPLE, ISOLATION, serve } from './server.ts';

const { url } = await serve({ folders: EXAMPLE, headers: ISOLATION, port: Number(process.env.PORT ?? 8080) });
console.log(`${url}  (Ctrl+C ends it)`);
