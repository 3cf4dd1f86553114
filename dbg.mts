import './src/webgpu.ts';
import { InferenceSession, Tensor, unpack } from './src/main.ts';
import { dataSets, readDataSet } from './conformance/case.ts';
const dir=process.argv[2]!;
const mk=(ep:string[])=>InferenceSession.create(dir+'/model.onnx',{executionProviders:ep,graphOptimizationLevel:'disabled'});
const a=await mk(['cpu']), b=await mk(['webgpu','cpu']);
const slots=(m:any)=>m.map((x:any)=>({name:x.name,type:x.valueType}));
const d=readDataSet(dir,dataSets(dir)[0]!,slots(a.inputMetadata),slots(a.outputMetadata));
const names=a.model.graph.nodes.flatMap(n=>n.outputs.filter(o=>o).map(o=>o!.name));
const ra=await a.run(d.inputs as any,names), rb=await b.run(d.inputs as any,names);
const ex=new Map(b.explain().nodes.map(n=>[n.outputs?.[0]??n.name,n] as any));
for(const n of b.model.graph.nodes) for(const o of n.outputs){ if(!o) continue; const x=ra[o.name] as Tensor,y=rb[o.name] as Tensor; if(x.type==='string'||x.data instanceof BigInt64Array) continue; const u=unpack(x),v=unpack(y); let c=0,m=0; for(let i=0;i<u.length;i++){ if(!Object.is(u[i],v[i])){c++;m=Math.max(m,Math.abs(u[i]-v[i]));}} if(c) console.log(n.opType,o.name,x.type,c,'of',u.length,m); }
await a.release(); await b.release();
