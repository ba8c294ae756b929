// Answers, one line of tab-separated words at a time, what OWLAPI, HermiT and Openllet make of files.
// It calls what OWLAPI 4 and 5 both have: Protégé is built on 4.

import java.io.BufferedReader;
import java.io.File;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.formats.TurtleDocumentFormat;
import org.semanticweb.owlapi.model.AddImport;
import org.semanticweb.owlapi.model.IRI;
import org.semanticweb.owlapi.model.OWLOntology;
import org.semanticweb.owlapi.model.OWLOntologyIRIMapper;
import org.semanticweb.owlapi.model.OWLOntologyManager;
import org.semanticweb.owlapi.model.parameters.Imports;
import org.semanticweb.owlapi.profiles.OWLProfile;
import org.semanticweb.owlapi.profiles.Profiles;
import org.semanticweb.owlapi.reasoner.OWLReasoner;
import org.semanticweb.owlapi.reasoner.OWLReasonerFactory;

public class Oracles {

    /** Reads a request a line; answers with lines, then "." or, where it failed, "!" and why. */
    public static void main(String[] arguments) throws Exception {
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err); // whatever a library prints must not pass for an answer
        InputStreamReader bytes = new InputStreamReader(System.in, StandardCharsets.UTF_8);
        BufferedReader requests = new BufferedReader(bytes);
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            try {
                for (String answer : answer(List.of(line.split("\t")))) {
                    answers.println("=" + onOneLine(answer));
                }
                answers.println(".");
            } catch (Throwable failure) {
                answers.println("!" + onOneLine(failure.toString()));
            }
        }
    }

    /** A request is its name, a catalog, a word of its own, then the files to load together. */
    private static Iterable<String> answer(List<String> request) throws Exception {
        OWLOntologyManager manager = OWLManager.createOWLOntologyManager();
        readCatalog(manager, new File(request.get(1)));
        String word = request.get(2);
        OWLOntology ontology = load(manager, request.subList(3, request.size()));
        switch (request.get(0)) {
            case "violations":
                return violations(ontology, Profiles.valueOf("OWL2_" + word));
            case "contradictions":
                return contradictions(ontology, word);
            case "types":
                return types(ontology, word);
            case "save":
                return save(ontology, new File(word));
            default:
                throw new IllegalArgumentException("no such request: " + request.get(0));
        }
    }

    /** Imports come from the catalog alone: what it does not list is looked for nowhere else. */
    private static void readCatalog(OWLOntologyManager manager, File catalog) throws Exception {
        var factory = DocumentBuilderFactory.newInstance();
        var entries = factory.newDocumentBuilder().parse(catalog).getElementsByTagName("uri");
        var files = new HashMap<String, IRI>();
        for (int index = 0; index < entries.getLength(); index++) {
            var attributes = entries.item(index).getAttributes();
            var uri = attributes.getNamedItem("uri").getNodeValue();
            var file = IRI.create(catalog.toURI().resolve(uri));
            files.put(attributes.getNamedItem("name").getNodeValue(), file);
        }
        var nowhere = IRI.create("file:/not/in/the/catalog");
        OWLOntologyIRIMapper mapper = name -> name.toString().startsWith("http")
                ? files.getOrDefault(name.toString(), nowhere) : null;
        manager.getIRIMappers().add(mapper);
    }

    /** Returns the one ontology, or one that imports them all; a missing import is an error. */
    private static OWLOntology load(OWLOntologyManager manager, List<String> paths)
            throws Exception {
        OWLOntology last = null;
        OWLOntology all = manager.createOntology(IRI.create("urn:all"));
        for (String path : paths) {
            last = loadOnce(manager, new File(path));
            IRI imported = last.getOntologyID().getOntologyIRI().get();
            var declaration = manager.getOWLDataFactory().getOWLImportsDeclaration(imported);
            manager.applyChange(new AddImport(all, declaration));
        }
        return paths.size() == 1 ? last : all;
    }

    private static OWLOntology loadOnce(OWLOntologyManager manager, File file) throws Exception {
        IRI document = IRI.create(file);
        for (OWLOntology loaded : manager.getOntologies()) {
            if (manager.getOntologyDocumentIRI(loaded).equals(document)) {
                return loaded; // an import of an earlier file
            }
        }
        return manager.loadOntologyFromOntologyDocument(file);
    }

    private static Iterable<String> violations(OWLOntology ontology, OWLProfile profile) {
        var found = new TreeSet<String>();
        profile.checkOntology(ontology).getViolations().forEach(v -> found.add(v.toString()));
        return found;
    }

    /** Returns the classes that can have no member; or that the whole is inconsistent. */
    private static Iterable<String> contradictions(OWLOntology ontology, String engine)
            throws Exception {
        OWLReasoner reasoner = reasoner(engine, ontology);
        var found = new TreeSet<String>();
        if (!reasoner.isConsistent()) {
            found.add("inconsistent");
        } else {
            reasoner.getUnsatisfiableClasses().getEntitiesMinusBottom()
                    .forEach(empty -> found.add(empty.getIRI().toString()));
        }
        reasoner.dispose();
        return found;
    }

    /** Returns a line for each named individual and each named class that it is in. */
    private static Iterable<String> types(OWLOntology ontology, String engine) throws Exception {
        OWLReasoner reasoner = reasoner(engine, ontology);
        var found = new TreeSet<String>();
        ontology.getIndividualsInSignature(Imports.INCLUDED).forEach(individual ->
                reasoner.getTypes(individual, false).getFlattened().forEach(kind ->
                        found.add(individual.getIRI() + " " + kind.getIRI())));
        reasoner.dispose();
        return found;
    }

    private static OWLReasoner reasoner(String engine, OWLOntology ontology) throws Exception {
        String name = engine.equals("HermiT")
                ? "org.semanticweb.HermiT.ReasonerFactory"
                : "openllet.owlapi.OpenlletReasonerFactory";
        var made = Class.forName(name).getDeclaredConstructor().newInstance();
        return ((OWLReasonerFactory) made).createReasoner(ontology);
    }

    private static Iterable<String> save(OWLOntology ontology, File target) throws Exception {
        try (OutputStream out = new FileOutputStream(target)) {
            ontology.saveOntology(new TurtleDocumentFormat(), out);
        }
        return List.of();
    }

    private static String onOneLine(String text) {
        return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "");
    }
}
