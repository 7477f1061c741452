package io.tlstunnel.examples;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Protocol Buffers messages field by field: what these examples need instead of generated code. */
final class ProtoMessage {
  /** Writes the fields of one message. */
  interface FieldWriter {
    void writeTo(CodedOutputStream out) throws IOException;
  }

  /** Is given each field that is a message, a text or bytes. */
  interface FieldReader {
    void read(int field, byte[] value) throws IOException;
  }

  private ProtoMessage() {}

  static byte[] write(FieldWriter fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      fields.writeTo(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static void read(byte[] message, FieldReader reader) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(message);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        reader.read(WireFormat.getTagFieldNumber(tag), in.readByteArray());
      } else {
        in.skipField(tag);
      }
    }
  }
}
