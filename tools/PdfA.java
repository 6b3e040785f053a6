import java.io.FileInputStream;
import java.util.Set;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** veraPDF's engine, asked whether files are PDF/A-2b; one line each: PASS or FAIL, the broken rules, the file. */
public class PdfA {
  public static void main(String[] files) throws Exception {
    VeraGreenfieldFoundryProvider.initialise();
    PDFAFlavour flavour = PDFAFlavour.byFlavourId("2b");
    for (String file : files) {
      System.out.println(verdict(file, flavour) + "\t" + file);
    }
  }

  private static String verdict(String file, PDFAFlavour flavour) {
    try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file), flavour);
        PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
      ValidationResult result = validator.validate(parser);
      Set<String> broken = new TreeSet<>();
      for (TestAssertion one : result.getTestAssertions()) {
        if (one.getStatus() == TestAssertion.Status.FAILED) {
          broken.add(one.getRuleId().getClause() + "-" + one.getRuleId().getTestNumber());
        }
      }
      return (result.isCompliant() ? "PASS" : "FAIL") + "\t" + String.join(" ", broken);
    } catch (Exception unreadable) {
      return "FAIL\t" + unreadable.getClass().getSimpleName();
    }
  }
}
