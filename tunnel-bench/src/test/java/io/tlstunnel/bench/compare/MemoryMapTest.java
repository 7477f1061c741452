package io.tlstunnel.bench.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MemoryMapTest {
  @Test
  void mappingsAreAddedUpByWhatTheyHold() {
    assertThat(
            MemoryMap.of(
                List.of(
                    "f0000000-f0833000 rw-p 00000000 00:00 0 ",
                    "Rss:                8000 kB",
                    "7f2d91000000-7f2d91150000 rw-p 00000000 00:00 0 ",
                    "Rss:                1000 kB",
                    "7f2d95400000-7f2d958f0000 rwxp 00000000 00:00 0 ",
                    "Rss:                4000 kB",
                    "800000000-800900000 rw-p 00001000 fe:00 12 /tmp/tunnel.jsa",
                    "Size:               9216 kB",
                    "Rss:                9000 kB",
                    "800900000-801700000 r--p 00901000 fe:00 12 /tmp/tunnel.jsa",
                    "Rss:               14000 kB",
                    "7f2d9a000000-7f2d9aa00000 r-xp 00000000 fe:00 9 /usr/lib/jvm/17/libjvm.so",
                    "Rss:               10000 kB",
                    "7f2d9b000000-7f2d9b200000 r-xp 00000000 fe:00 7 /lib/libc.so.6",
                    "Rss:                2000 kB")))
        .isEqualTo(
            Map.of(
                "Java heap", 8.192,
                "C heap, buffers, metaspace, stacks", 1.024,
                "compiled Java", 4.096,
                "class archive", 23.552,
                "the JVM's own code", 10.24,
                "other libraries and files", 2.048));
  }
}
