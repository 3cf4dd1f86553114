/**
 * The fields of every message as data, for the scan that runs before decoding and for the decoder: `field=number:kind`, `*` for repeated,
 * `|` for a member of the message's oneof. Kinds: `int` (a varint of 64 bits), `int32`, `f32`, `f64`, `name` (a string that identifies
 * something), `text` (any other string), `bytes`, `raw` (bulk data, not counted), or the name of a message.
 */
const MESSAGES: Readonly<Record<string, string>> = {
  ModelProto: `ir_version=1:int opset_import=8:OperatorSetIdProto* producer_name=2:text producer_version=3:text domain=4:text
    model_version=5:int doc_string=6:text graph=7:GraphProto metadata_props=14:StringStringEntryProto*
    training_info=20:TrainingInfoProto* functions=25:FunctionProto* configuration=26:DeviceConfigurationProto*`,
  GraphProto: `node=1:NodeProto* name=2:name initializer=5:TensorProto* sparse_initializer=15:SparseTensorProto*
    doc_string=10:text input=11:ValueInfoProto* output=12:ValueInfoProto* value_info=13:ValueInfoProto*
    quantization_annotation=14:TensorAnnotation* metadata_props=16:StringStringEntryProto*`,
  NodeProto: `input=1:name* output=2:name* name=3:name op_type=4:name domain=7:name overload=8:name
    attribute=5:AttributeProto* doc_string=6:text metadata_props=9:StringStringEntryProto*
    device_configurations=10:NodeDeviceConfigurationProto*`,
  AttributeProto: `name=1:name ref_attr_name=21:name doc_string=13:text type=20:int32 f=2:f32 i=3:int s=4:bytes
    t=5:TensorProto g=6:GraphProto sparse_tensor=22:SparseTensorProto tp=14:TypeProto floats=7:f32* ints=8:int*
    strings=9:bytes* tensors=10:TensorProto* graphs=11:GraphProto* sparse_tensors=23:SparseTensorProto*
    type_protos=15:TypeProto*`,
  FunctionProto: `name=1:name input=4:name* output=5:name* attribute=6:name* attribute_proto=11:AttributeProto*
    node=7:NodeProto* doc_string=8:text opset_import=9:OperatorSetIdProto* domain=10:name overload=13:name
    value_info=12:ValueInfoProto* metadata_props=14:StringStringEntryProto*`,
  TensorProto: `dims=1:int* data_type=2:int32 segment=3:Segment float_data=4:f32* int32_data=5:int32* string_data=6:bytes*
    int64_data=7:int* name=8:name doc_string=12:text raw_data=9:raw external_data=13:StringStringEntryProto*
    data_location=14:int32 double_data=10:f64* uint64_data=11:int* metadata_props=16:StringStringEntryProto*`,
  Segment: 'begin=1:int end=2:int',
  SparseTensorProto: 'values=1:TensorProto indices=2:TensorProto dims=3:int*',
  ValueInfoProto: 'name=1:name type=2:TypeProto doc_string=3:text metadata_props=4:StringStringEntryProto*',
  TypeProto: `tensor_type=1:Tensor| sequence_type=4:Sequence| map_type=5:Map| optional_type=9:Optional|
    sparse_tensor_type=8:SparseTensor| opaque_type=7:Opaque| denotation=6:text`,
  Tensor: 'elem_type=1:int32 shape=2:TensorShapeProto',
  SparseTensor: 'elem_type=1:int32 shape=2:TensorShapeProto',
  Sequence: 'elem_type=1:TypeProto',
  Optional: 'elem_type=1:TypeProto',
  Map: 'key_type=1:int32 value_type=2:TypeProto',
  Opaque: 'domain=1:text name=2:text',
  TensorShapeProto: 'dim=1:Dimension*',
  Dimension: 'dim_value=1:int| dim_param=2:name| denotation=3:text',
  OperatorSetIdProto: 'domain=1:name version=2:int',
  StringStringEntryProto: 'key=1:name value=2:text',
  TensorAnnotation: 'tensor_name=1:name quant_parameter_tensor_names=2:StringStringEntryProto*',
  TrainingInfoProto: `initialization=1:GraphProto algorithm=2:GraphProto initialization_binding=3:StringStringEntryProto*
    update_binding=4:StringStringEntryProto*`,
  DeviceConfigurationProto: 'name=1:text num_devices=2:int32 device=3:text*',
  NodeDeviceConfigurationProto: 'configuration_id=1:text sharding_spec=2:ShardingSpecProto* pipeline_stage=3:int32',
  ShardingSpecProto: `tensor_name=1:text device=2:int* index_to_device_group_map=3:IntIntListEntryProto*
    sharded_dim=4:ShardedDimProto*`,
  IntIntListEntryProto: 'key=1:int value=2:int*',
  ShardedDimProto: 'axis=1:int simple_sharding=2:SimpleShardedDimProto*',
  SimpleShardedDimProto: 'dim_value=1:int| dim_param=2:text| num_shards=3:int',
  SequenceProto: `name=1:name elem_type=2:int32 tensor_values=3:TensorProto* sparse_tensor_values=4:SparseTensorProto*
    sequence_values=5:SequenceProto* map_values=6:MapProto* optional_values=7:OptionalProto*`,
  OptionalProto: `name=1:name elem_type=2:int32 tensor_value=3:TensorProto sparse_tensor_value=4:SparseTensorProto
    sequence_value=5:SequenceProto map_value=6:MapProto optional_value=7:OptionalProto`,
  MapProto: 'name=1:name key_type=2:int32 keys=3:int* string_keys=4:bytes* values=5:SequenceProto',
};

export type ScalarKind = 'int' | 'int32' | 'f32' | 'f64';

export interface Field {
  readonly name: string;
  /** The name in camel case. */
  readonly key: string;
  readonly number: number;
  readonly kind: ScalarKind | 'name' | 'text' | 'bytes' | 'raw' | 'message';
  /** The wire type of one value: 0 varint, 1 64-bit, 2 length-delimited, 5 32-bit. */
  readonly wire: number;
  readonly repeated: boolean;
  readonly oneof: boolean;
  /** The name of the message type, when the field holds one. */
  readonly message: string | undefined;
}

/** Fields by number. Every number is below 32. */
export type Message = readonly (Field | undefined)[];

const parsed = new Map<string, Message>();

/** The fields of a message. */
export function messageFields(name: string): Message {
  let message = parsed.get(name);
  if (message === undefined) parsed.set(name, (message = parse(MESSAGES[name]!)));
  return message;
}

export function messageNames(): readonly string[] {
  return Object.keys(MESSAGES);
}

const WIRE: Readonly<Record<string, number>> = { int: 0, int32: 0, f64: 1, f32: 5 };

function parse(notation: string): Message {
  const fields: (Field | undefined)[] = [];
  for (const [, name, number, kind, mark] of notation.matchAll(/(\w+)=(\d+):(\w+)([*|]?)/g)) {
    const message = Object.hasOwn(MESSAGES, kind!) ? kind : undefined;
    fields[Number(number)] = {
      name: name!, key: name!.replace(/_(\w)/g, (_, c: string) => c.toUpperCase()), number: Number(number), kind: message === undefined ? (kind as Field['kind']) : 'message', wire: WIRE[kind!] ?? 2, message,
      repeated: mark === '*', oneof: mark === '|',
    };
  }
  // No holes: lookups by number are the hot path of the scan.
  return Array.from(fields);
}
