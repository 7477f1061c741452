package io.tlstunnel;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.netty.channel.EventLoopGroup;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rooms and the directions between them: imports run downward only. */
class ArchitectureTest {
  private static final String ROOT = "io.tlstunnel";
  private static final String[] EXPORTED = {
    ROOT, ROOT + ".tls", ROOT + ".event", ROOT + ".diagnosis"
  };
  private static final String[] JDK = {"java..", "javax..", "org.jspecify.."};

  private static final JavaClasses CORE =
      new ClassFileImporter()
          .importUrl(TlsTunnel.class.getProtectionDomain().getCodeSource().getLocation());

  /** Each room with the rooms that it may import, and the libraries. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "tls, internal.der, org.slf4j..",
    "internal.der, '', ''",
    "event, '', ''",
    "diagnosis, event, ''",
    "internal.wire, '', io.netty.. org.slf4j..",
    "internal.runtime, '', io.netty.. org.slf4j..",
    "internal.upstream, internal.runtime internal.der tls event, io.netty.. org.slf4j..",
    "internal.probe, internal.upstream internal.wire diagnosis event tls, io.netty.. org.slf4j..",
    "internal.relay, internal.upstream internal.wire event, io.netty.. org.slf4j..",
    "internal.downstream, internal.relay internal.runtime event, io.netty.. org.slf4j..",
  })
  void roomImportsOnlyTheRoomsBelowIt(String room, String below, String libraries) {
    Stream<String> rooms =
        Stream.concat(Stream.of(room), Stream.of(below.split(" ", -1)))
            .filter(name -> !name.isEmpty())
            .map(name -> ROOT + '.' + name);
    String[] allowed =
        Stream.of(rooms, Stream.of(libraries.split(" ", -1)), Stream.of(JDK))
            .flatMap(x -> x)
            .filter(name -> !name.isEmpty())
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage(ROOT + '.' + room)
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(allowed))
        .check(CORE);
  }

  @Test
  void everyRoomIsOnTheList() {
    classes()
        .should()
        .resideInAnyPackage(
            ROOT,
            ROOT + ".tls",
            ROOT + ".event",
            ROOT + ".diagnosis",
            ROOT + ".internal.der",
            ROOT + ".internal.downstream",
            ROOT + ".internal.probe",
            ROOT + ".internal.relay",
            ROOT + ".internal.upstream",
            ROOT + ".internal.wire",
            ROOT + ".internal.runtime")
        .check(CORE);
  }

  @Test
  void nothingImportsTheFrontDoor() {
    classes()
        .that(resideOutsideOfPackages(ROOT))
        .should()
        .onlyDependOnClassesThat(resideOutsideOfPackages(ROOT))
        .check(CORE);
  }

  @Test
  void roomsHaveNoCycles() {
    slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void publicSignaturesNameNoInternalAndNoNettyTypeButTheBorrowedLoops() {
    classes()
        .that()
        .resideInAnyPackage(EXPORTED)
        .and()
        .arePublic()
        .should(nameOnlyPublicTypes())
        .check(CORE);
  }

  private static ArchCondition<JavaClass> nameOnlyPublicTypes() {
    return new ArchCondition<>("name only types that users may see") {
      @Override
      public void check(JavaClass type, ConditionEvents events) {
        type.getAllRawSuperclasses().forEach(parent -> judge(type, parent, events));
        type.getAllRawInterfaces().forEach(parent -> judge(type, parent, events));
        for (JavaField field : type.getFields()) {
          if (visible(field.getModifiers())) {
            judgeAll(field.getFullName(), field.getType(), events);
          }
        }
        for (JavaCodeUnit unit : type.getCodeUnits()) {
          if (visible(unit.getModifiers())) {
            judgeAll(unit.getFullName(), unit.getReturnType(), events);
            unit.getParameterTypes().forEach(p -> judgeAll(unit.getFullName(), p, events));
            unit.getExceptionTypes().forEach(e -> judgeAll(unit.getFullName(), e, events));
          }
        }
      }
    };
  }

  private static boolean visible(Set<JavaModifier> modifiers) {
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static void judgeAll(String where, JavaType type, ConditionEvents events) {
    type.getAllInvolvedRawTypes().forEach(named -> judge(where, named, events));
  }

  private static void judge(Object where, JavaClass named, ConditionEvents events) {
    String name = named.getName();
    boolean hidden =
        name.startsWith(ROOT + ".internal.")
            || (name.startsWith("io.netty.") && !name.equals(EventLoopGroup.class.getName()))
            || (name.startsWith(ROOT) && !named.getModifiers().contains(JavaModifier.PUBLIC));
    events.add(new SimpleConditionEvent(named, !hidden, where + " names " + name));
  }
}
