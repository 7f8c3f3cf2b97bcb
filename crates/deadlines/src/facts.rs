//! What the rules need to know of a business.

use omega_common::clients::EntityType;
use omega_common::string_enum;
use serde::{Deserialize, Serialize};
use time::Date;

string_enum! {
    /// How the IRS taxes a business. An LLC chooses; for the other legal forms it follows from the form.
    TaxedAs {
        SoleProprietor = "sole-proprietor", "With the owner’s own return (one owner)";
        Partnership = "partnership", "As a partnership (several owners)";
        SCorp = "s-corp", "As an S corporation";
        CCorp = "c-corp", "As a C corporation";
        Exempt = "exempt", "Exempt from income tax";
    }
}

string_enum! {
    /// Whether a business pays wages, and on which form it reports them.
    Payroll {
        None = "none", "No employees";
        Quarterly = "quarterly", "Employees, reported each quarter (Form 941)";
        Annual = "annual", "Employees, reported once a year (Form 944, when the IRS has told you so)";
    }
}

string_enum! {
    /// How often withheld payroll taxes are deposited: Pub. 15, section 11.
    DepositSchedule {
        Monthly = "monthly", "Monthly";
        Semiweekly = "semiweekly", "Semiweekly";
    }
}

string_enum! {
    /// Where a business operates or was formed: a state by its postal code, the District of Columbia, or abroad.
    Place {
        Alabama = "AL", "Alabama";
        Alaska = "AK", "Alaska";
        Arizona = "AZ", "Arizona";
        Arkansas = "AR", "Arkansas";
        California = "CA", "California";
        Colorado = "CO", "Colorado";
        Connecticut = "CT", "Connecticut";
        Delaware = "DE", "Delaware";
        DistrictOfColumbia = "DC", "District of Columbia";
        Florida = "FL", "Florida";
        Georgia = "GA", "Georgia";
        Hawaii = "HI", "Hawaii";
        Idaho = "ID", "Idaho";
        Illinois = "IL", "Illinois";
        Indiana = "IN", "Indiana";
        Iowa = "IA", "Iowa";
        Kansas = "KS", "Kansas";
        Kentucky = "KY", "Kentucky";
        Louisiana = "LA", "Louisiana";
        Maine = "ME", "Maine";
        Maryland = "MD", "Maryland";
        Massachusetts = "MA", "Massachusetts";
        Michigan = "MI", "Michigan";
        Minnesota = "MN", "Minnesota";
        Mississippi = "MS", "Mississippi";
        Missouri = "MO", "Missouri";
        Montana = "MT", "Montana";
        Nebraska = "NE", "Nebraska";
        Nevada = "NV", "Nevada";
        NewHampshire = "NH", "New Hampshire";
        NewJersey = "NJ", "New Jersey";
        NewMexico = "NM", "New Mexico";
        NewYork = "NY", "New York";
        NorthCarolina = "NC", "North Carolina";
        NorthDakota = "ND", "North Dakota";
        Ohio = "OH", "Ohio";
        Oklahoma = "OK", "Oklahoma";
        Oregon = "OR", "Oregon";
        Pennsylvania = "PA", "Pennsylvania";
        RhodeIsland = "RI", "Rhode Island";
        SouthCarolina = "SC", "South Carolina";
        SouthDakota = "SD", "South Dakota";
        Tennessee = "TN", "Tennessee";
        Texas = "TX", "Texas";
        Utah = "UT", "Utah";
        Vermont = "VT", "Vermont";
        Virginia = "VA", "Virginia";
        Washington = "WA", "Washington";
        WestVirginia = "WV", "West Virginia";
        Wisconsin = "WI", "Wisconsin";
        Wyoming = "WY", "Wyoming";
        Abroad = "abroad", "Outside the United States";
    }
}

/// What is known of a business.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    pub entity_type: Option<EntityType>,
    /// Asked of an LLC alone; see [`Facts::taxed_as`].
    pub llc_taxed_as: Option<TaxedAs>,
    /// The month with whose last day the tax year ends, 1 to 12.
    pub fiscal_year_end: u8,
    pub payroll: Payroll,
    pub deposit_schedule: Option<DepositSchedule>,
    /// Whether contractors were paid enough for a Form 1099-NEC.
    pub pays_contractors: bool,
    pub states: Vec<Place>,
    pub formed_in: Option<Place>,
    /// When it was formed; of a business from abroad, when its registration in a state took effect.
    #[serde(with = "iso_date::option")]
    pub formed_on: Option<Date>,
}

impl Facts {
    /// How the IRS taxes the business; `None` for an LLC that has not told, and before the legal form is known.
    pub fn taxed_as(&self) -> Option<TaxedAs> {
        match self.entity_type? {
            EntityType::Llc => self.llc_taxed_as,
            EntityType::SCorp => Some(TaxedAs::SCorp),
            EntityType::CCorp => Some(TaxedAs::CCorp),
            EntityType::SoleProprietorship => Some(TaxedAs::SoleProprietor),
            EntityType::Partnership => Some(TaxedAs::Partnership),
            EntityType::Nonprofit => Some(TaxedAs::Exempt),
        }
    }
}

time::serde::format_description!(pub iso_date, Date, "[year]-[month]-[day]");
